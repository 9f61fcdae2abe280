import type { MessageOutcome } from '@mailrun/contracts';
import { MessageBus, type Outgoing } from '@mailrun/platform-messaging';

/** A broker that takes everything at once and counts the outcomes of mails that were sent. */
export class CountingBus extends MessageBus {
  sent = 0;
  readonly allSent: Promise<void>;
  private resolve = () => {};
  /** Ends the waiting: something went wrong. */
  fail = (_: unknown): void => {};

  constructor(private readonly mails: number) {
    super();
    this.allSent = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.fail = reject;
    });
    this.allSent.catch(() => undefined); // looked at when the mails are under way
  }

  override publish(batch: readonly Outgoing[]): Promise<void> {
    for (const { body } of batch as readonly { body: MessageOutcome }[]) {
      if (body.state === 'sent') this.sent += 1;
      else if (body.state !== 'accepted') this.fail(new Error(`A mail ended as ${body.state}.`));
    }
    if (this.sent >= this.mails) this.resolve();
    return Promise.resolve();
  }
}
