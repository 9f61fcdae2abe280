import type { Readable } from 'node:stream';
import { isOutage } from '@mailrun/platform-errors';
import type { Transmission } from '../../domain/conversation.js';
import { openRecipients, type ClaimedMail } from '../../domain/mail.js';
import { settleAttempt, type Settlement } from '../../domain/settle-attempt.js';
import type { Envelope, MailConnection, MailToTransmit } from '../ports/mail-connections.port.js';
import type { FinishedAttempt } from '../ports/mail-queue.port.js';
import { SealedMailLost } from '../ports/sealed-contents.port.js';
import type { AheadTrust } from './ahead-trust.js';
import type { Carrier } from './carrier.js';
import type { LaneParts } from './lane-parts.js';
import type { Probe } from './probe.js';
import type { RateMeter } from './rate-meter.js';
import type { ServerListener } from './server-listener.js';

/** How long a mail waits whose bytes can't be read now, because their store is away. */
const storeAwayMs = 10_000;

/** A connection whose last mail took longer takes none ahead: another one may be free sooner. */
const quickMs = 1_000;
/** For so long a mail waits behind the one whose content its envelope left with. */
const aheadPatienceMs = 10_000;
/** Mails that may not leave now are often followed by others of their run. */
const afterUnmarkedMs = 1_000;

/** Sends one mail over an open connection: gets its bytes, marks it, hands it over, judges the answer. */
export class Conversations {
  constructor(
    private readonly parts: Pick<
      LaneParts,
      'contents' | 'committer' | 'budget' | 'options' | 'observer' | 'release'
    >,
    private readonly listener: ServerListener,
    private readonly probe: Probe,
    private readonly meter: RateMeter,
    private readonly aheadTrust: AheadTrust,
  ) {}

  /**
   * Writes down the last mail and marks this one in one commit, then hands it over.
   *
   * @returns undefined when it was not sent; it is out of our hands then
   */
  async send(
    carrier: Carrier,
    connection: MailConnection,
    mail: ClaimedMail,
    before: FinishedAttempt | undefined,
    isReused: boolean,
  ): Promise<FinishedAttempt | undefined> {
    const { budget, committer, release } = this.parts;
    const isQuick = before === undefined || before.elapsedMs < quickMs;
    let unsettled = before;
    let giveBack: (() => void) | undefined;
    try {
      if (unsettled && budget.isShort(mail.sizeBytes)) {
        await this.settle(unsettled);
        unsettled = undefined;
      }
      giveBack = await budget.take(mail.sizeBytes);
      const content = await this.read(mail);
      if (content === 'unavailable') {
        if (unsettled) await this.settle(unsettled);
        release([mail], storeAwayMs);
        this.probe.end(carrier);
        return undefined;
      }
      const isMarked = await committer.commit(unsettled, mail);
      if (unsettled) release([unsettled.mail]);
      unsettled = undefined;
      if (!isMarked) {
        // Paused, stopped, another mode now, or no longer ours: whoever looks next will know.
        this.aheadTrust.end(afterUnmarkedMs);
        release([mail], 0);
        this.probe.end(carrier);
        return undefined;
      }
      return await this.transmit(carrier, connection, { mail, content, isReused, isQuick });
    } catch (error) {
      // Not in our hands any more: what was begun becomes uncertain when the leases end.
      release(unsettled ? [mail, unsettled.mail] : [mail]);
      throw error;
    } finally {
      giveBack?.();
    }
  }

  async settle(finished: FinishedAttempt): Promise<void> {
    try {
      await this.parts.committer.commit(finished, undefined);
    } finally {
      this.parts.release([finished.mail]);
    }
  }

  private async read(mail: ClaimedMail): Promise<Buffer | Readable | SealedMailLost | 'unavailable'> {
    try {
      return await this.parts.contents.open(mail.bytes);
    } catch (error) {
      if (error instanceof SealedMailLost) return error;
      if (!isOutage(error)) throw error;
      this.parts.observer.loopFailed({ loop: 'read-sealed', error, isOutage: true });
      return 'unavailable';
    }
  }

  private async transmit(
    carrier: Carrier,
    connection: MailConnection,
    { mail, content, isReused, isQuick }: Turn,
  ): Promise<FinishedAttempt> {
    const startedAt = performance.now();
    this.meter.add(startedAt);
    const transmission: Transmission =
      content instanceof SealedMailLost
        ? { ended: 'broken', stage: 'content', cause: 'sealed-mail', detail: content.message, refused: [] }
        : await this.handOver(carrier, connection, { ...envelopeOf(mail), content }, isQuick);
    const elapsedMs = performance.now() - startedAt;
    const { observer, options } = this.parts;
    const { replyRules } = carrier.settings;
    const settlement = settleAttempt(mail, transmission, Math.random(), replyRules, options.firstRetryMs);
    observer.settled({
      state: settlement.state,
      code: settlement.reply.code,
      seconds: elapsedMs / 1000,
    });
    // A connection that the server closed while it was idle is no fault of anyone.
    if (isReused && wasClosed(transmission, settlement)) this.probe.end(carrier);
    else await this.listener.hear(carrier, settlement.server, transmission.ended);
    return { mail, settlement, elapsedMs };
  }

  private loseAhead(carrier: Carrier): void {
    this.aheadTrust.end();
    carrier.putBackAhead();
  }

  /** Where that is likely to save time, the envelope of the next mail leaves in the same breath. */
  private async handOver(
    carrier: Carrier,
    connection: MailConnection,
    mail: MailToTransmit,
    isQuick: boolean,
  ): Promise<Transmission> {
    const next = isQuick ? carrier.lookAhead() : undefined;
    const patience = next && setTimeout(() => this.loseAhead(carrier), aheadPatienceMs);
    const transmission = await connection.transmit(mail, next && envelopeOf(next));
    clearTimeout(patience);
    // Whatever stands between us and the server may not like what the server offers.
    const isLost = transmission.ended === 'broken' && transmission.stage === 'after-dot';
    if ((isLost && next !== undefined) || !connection.takesAhead) this.aheadTrust.end();
    return transmission;
  }
}

/** A marked mail on its connection. */
interface Turn {
  readonly mail: ClaimedMail;
  readonly content: Buffer | Readable | SealedMailLost;
  /** The connection carried others before. */
  readonly isReused: boolean;
  /** The last of them was answered soon, as far as we know. */
  readonly isQuick: boolean;
}

const envelopeOf = ({ envelopeFrom, recipients, sizeBytes }: ClaimedMail): Envelope => ({
  envelopeFrom,
  recipients: openRecipients(recipients).map(({ address }) => address),
  sizeBytes,
});

/** Before anything was said about this mail: a server may say 421 whenever it closes a connection (RFC 5321, 3.8). */
const wasClosed = (transmission: Transmission, { server }: Settlement): boolean =>
  transmission.ended !== 'accepted' &&
  transmission.stage === 'mail' &&
  (transmission.ended === 'broken' || (transmission.reply.smtpCode === 421 && server.kind === 'unwell'));
