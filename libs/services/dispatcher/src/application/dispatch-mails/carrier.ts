import type { ClaimedMail } from '../../domain/mail.js';
import type { ServerSettings } from '../../domain/server-settings.js';
import type { MailConnection } from '../ports/mail-connections.port.js';
import type { FinishedAttempt } from '../ports/mail-queue.port.js';
import type { Conversations } from './conversations.js';
import type { DispatchOptions } from './dispatch-options.js';
import type { LaneConnections } from './lane-connections.js';
import type { Probe } from './probe.js';

/** What carriers ask of their lane. */
export interface CarrierLane {
  readonly connections: LaneConnections;
  readonly conversations: Conversations;
  readonly probe: Probe;
  readonly options: DispatchOptions;
  /** Whether mails wait for a connection. */
  readonly hasMails: boolean;
  mayConnect(carrier: Carrier): boolean;
  /** Whether this one is to end: there are too many, or the settings are others now. Once `true`, it ends. */
  dismisses(carrier: Carrier): boolean;
  /** The next mail that may leave, within this time. */
  next(carrier: Carrier, withinMs: number): Promise<ClaimedMail | undefined>;
  /** A mail to follow the one that is about to leave, on the same connection; undefined where it had better wait. */
  nextAhead(): ClaimedMail | undefined;
  /** Whether mails may leave now without asking further: nothing is limited, probed or stopping. */
  readonly mayGoOn: boolean;
  /** A mail that was taken waits again, before all others. */
  putBack(mail: ClaimedMail): void;
}

/** One connection, and others after it: carries mail after mail, of which at most one is not settled. */
export class Carrier {
  private connection: MailConnection | undefined;
  /** Mails that the present connection carried. */
  private carried = 0;
  private finished: FinishedAttempt | undefined;
  /** Its envelope left together with the mail before it. */
  private ahead: ClaimedMail | undefined;

  constructor(
    /** By which it connects; with others it ends. */
    readonly settings: ServerSettings,
    private readonly lane: CarrierLane,
  ) {}

  /** Resolves when nothing is left to carry, and the last mail is written down. */
  async run(): Promise<void> {
    try {
      while (!this.lane.dismisses(this)) if (!(await this.step())) return;
    } finally {
      this.putBackAhead();
      const closed = this.close();
      this.lane.probe.end(this);
      await this.settle();
      await closed;
    }
  }

  /** The mail to follow the one that is about to leave, if one may. */
  lookAhead(): ClaimedMail | undefined {
    const isLast = this.carried + 1 >= this.lane.options.mailsPerConnection;
    return !isLast && this.connection?.takesAhead ? (this.ahead = this.lane.nextAhead()) : undefined;
  }

  /** Whatever holds this connection up, the mail that was to follow need not wait for it. */
  putBackAhead(): void {
    if (this.ahead !== undefined) this.lane.putBack(this.ahead);
    this.ahead = undefined;
  }

  private get canGoOn(): boolean {
    const { connection, ahead, lane } = this;
    if (!connection?.isUsable || this.carried >= lane.options.mailsPerConnection) return false;
    return ahead === undefined ? !connection.isPromised : lane.mayGoOn;
  }

  /** @returns whether there is more to do */
  private async step(): Promise<boolean> {
    const { lane } = this;
    if (!this.canGoOn) {
      this.putBackAhead();
      await this.settle();
      await this.close();
      // Opened before a mail is taken: at a limited rate it leaves at the moment for which it is taken.
      return lane.hasMails && lane.mayConnect(this) && this.open();
    }
    const mail = this.ahead ?? (await lane.next(this, this.finished ? 0 : lane.options.idleConnectionMs));
    this.ahead = undefined;
    if (mail) return this.carry(mail);
    if (!this.finished) return false;
    await this.settle();
    return true;
  }

  private async carry(mail: ClaimedMail): Promise<boolean> {
    const { lane } = this;
    if (!this.connection!.isUsable) {
      // Closed while it waited for its turn: the mail leaves over another one, at once.
      await this.close();
      let isOpen = false;
      try {
        isOpen = lane.mayConnect(this) && (await this.open());
      } finally {
        if (!isOpen) lane.putBack(mail);
      }
      if (!isOpen) return false;
    }
    const before = this.finished;
    this.finished = undefined;
    this.finished = await lane.conversations.send(this, this.connection!, mail, before, this.carried > 0);
    this.carried += 1;
    return true;
  }

  private async open(): Promise<boolean> {
    this.connection = await this.lane.connections.tryOpen(this);
    this.carried = 0;
    return this.connection !== undefined;
  }

  private close(): Promise<void> {
    const { connection } = this;
    this.connection = undefined;
    return this.lane.connections.close(connection);
  }

  private async settle(): Promise<void> {
    const { finished } = this;
    this.finished = undefined;
    if (finished) await this.lane.conversations.settle(finished);
  }
}
