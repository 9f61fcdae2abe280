import {
  dispatchMessage,
  type BusHeaders,
  type BusMessage,
  type DispatchMessage,
  type PackageMessage,
} from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import { onward, outgoing, type MessageBus } from '@mailrun/platform-messaging';
import type { PackagerMetrics } from '../packager-metrics.js';
import type { SealMessage } from '../seal-message/seal-message.js';

/** A copy for which there will be no mail, and why. */
export interface RefusedCopy {
  readonly headers: BusHeaders;
  readonly messageId: string;
  readonly copy: number;
  readonly code: string;
  readonly detail: string;
}

type Content = DispatchMessage['content'];

/** Seals the mails of a batch and hands them, or why there are none, to the dispatcher. */
export class PackageMessages {
  constructor(
    private readonly sealMessage: SealMessage,
    private readonly bus: MessageBus,
    private readonly metrics: PackagerMetrics,
  ) {}

  /**
   * Publishes one `dispatch-message` for each message. Nothing is published when a store is away: the batch comes
   * again, and what was sealed of it is sealed anew.
   *
   * @throws Outage when a store or the bus is away
   */
  async execute(batch: readonly BusMessage<PackageMessage>[]): Promise<void> {
    // Settled, so that nothing of the batch still works after it was given back.
    const results = await Promise.allSettled(batch.map((message) => this.contentOf(message)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    const contents = results.map((result) => (result as PromiseFulfilledResult<Content>).value);
    await this.bus.publish(
      batch.map(({ headers, body: { messageId, copy } }, index) =>
        outgoing(dispatchMessage, onward(headers), { messageId, copy, content: contents[index]! }),
      ),
    );
  }

  /** Lets messages that could not even be read become outcomes, so that no run waits for them. */
  async refuse(copies: readonly RefusedCopy[]): Promise<void> {
    await this.bus.publish(
      copies.map(({ headers, messageId, copy, code, detail }) => {
        this.metrics.refused(code);
        return outgoing(dispatchMessage, onward(headers), {
          messageId,
          copy,
          content: refusal(code, detail),
        });
      }),
    );
  }

  private async contentOf(message: BusMessage<PackageMessage>): Promise<Content> {
    const started = performance.now();
    try {
      const content = await this.sealMessage.execute(message);
      this.metrics.sealed({
        protection: message.body.password === undefined ? 'none' : 'password',
        sizeBytes: content.sizeBytes,
        seconds: (performance.now() - started) / 1000,
      });
      return content;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.metrics.refused(error.code);
      return refusal(error.code, error.message);
    }
  }
}

const refusal = (code: string, detail: string): Content => ({
  kind: 'refused',
  failure: { code, detail: detail.slice(0, 2000), stage: 'package' },
});
