import type { Readable } from 'node:stream';
import { isOutage } from '@mailrun/platform-errors';
import type { Transmission } from '../../domain/conversation.js';
import { openRecipients, type ClaimedMail } from '../../domain/mail.js';
import { credentialsPauseMs } from '../../domain/retry-delay.js';
import type { ServerSettings } from '../../domain/server-settings.js';
import { codeOfBreak, settleAttempt, spoken, type ServerNews } from '../../domain/settle-attempt.js';
import { classifyReply } from '../../domain/classify-reply.js';
import type { DispatchObserver } from '../ports/dispatch-observer.port.js';
import { ConnectError, type MailConnection, type MailConnections } from '../ports/mail-connections.port.js';
import type { FinishedAttempt } from '../ports/mail-queue.port.js';
import { SealedMailLost, type SealedContents } from '../ports/sealed-contents.port.js';
import type { LimitGrant, LimitRequest, ServerLimits, ServerRef } from '../ports/server-limits.port.js';
import type { ByteBudget } from './byte-budget.js';
import type { DispatchOptions } from './dispatch-options.js';
import type { GroupCommitter } from './group-committer.js';
import { SlotQueue } from './slot-queue.js';

/** What all lanes share. */
export interface LaneParts {
  readonly connections: MailConnections;
  readonly contents: SealedContents;
  readonly limits: ServerLimits;
  readonly committer: GroupCommitter;
  readonly budget: ByteBudget;
  readonly options: DispatchOptions;
  readonly observer: DispatchObserver;
  /** The lane has room for more mails. */
  readonly hungry: () => void;
  /** The lane wants new limits. */
  readonly attend: () => void;
  /** These mails are not in our hands any more; with a delay they are to be given back. */
  readonly release: (mails: readonly ClaimedMail[], giveBackInMs?: number) => void;
}

/** Conversations that broke in a row before the whole server is left alone. */
const breaksUntilPause = 3;
/** How long a server that asks for fewer mails is left alone. */
const slowDownPauseMs = 10_000;
/** A shorter pause is sat out with the mails in hand. */
const longPauseMs = 2_000;

/** All conversations of this process with one mail server, and the claimed mails that wait for them. */
export class ServerLane implements ServerRef {
  readonly tenantId: string;
  readonly serverKey: string;
  private readonly buffer: ClaimedMail[] = [];
  private readonly waiters: ((mail: ClaimedMail | undefined) => void)[] = [];
  private readonly slots = new SlotQueue();
  private slotTimer: NodeJS.Timeout | undefined;
  private readonly workers = new Set<Promise<void>>();
  /** Workers that are about to end, because there are too many. */
  private leaving = 0;
  private openConnections = 0;
  private granted = 0;
  private pausedUntil = 0;
  private faults = 0;
  private breaksInARow = 0;
  private isStopping = false;
  private grantedUntil = 0;

  constructor(
    private settings: ServerSettings,
    private readonly parts: LaneParts,
  ) {
    this.tenantId = settings.tenantId;
    this.serverKey = settings.serverKey;
  }

  /** Takes the newest settings; new ones end pauses, and connections made by the old ones. */
  configure(settings: ServerSettings): void {
    if (settings.version === this.settings.version) return;
    this.settings = settings;
    this.pausedUntil = 0;
    this.faults = 0;
    this.grantedUntil = 0;
  }

  /** How many more mails it can use soon. */
  get room(): number {
    if (this.isStopping || this.pauseLeftMs > 0 || this.granted === 0) return 0;
    return Math.max(this.wantedMails - this.buffer.length, 0);
  }

  get isIdle(): boolean {
    return this.workers.size === 0 && this.buffer.length === 0;
  }

  get connectionCount(): number {
    return this.openConnections;
  }

  /** What to ask of the limits now; undefined while the last grant still serves. */
  limitRequest(hasWork: boolean): LimitRequest | undefined {
    const isDue = performance.now() >= this.grantedUntil || this.wantsSlots();
    if (!isDue || (!hasWork && this.isIdle)) return undefined;
    return {
      tenantId: this.tenantId,
      serverKey: this.serverKey,
      settingsVersion: this.settings.version,
      messagesPerMinute: this.settings.messagesPerMinute,
      maxConnections: this.settings.maxConnections,
      wantedConnections:
        hasWork || this.buffer.length > 0 ? this.settings.maxConnections : this.openConnections,
      openConnections: this.openConnections,
      // No more than there are mails for: what one replica does not use, the others lack.
      wantedSlots: Math.max(
        (hasWork ? this.slotsAhead : Math.min(this.slotsAhead, this.buffer.length)) - this.slots.count,
        0,
      ),
    };
  }

  take(grant: LimitGrant): void {
    const now = performance.now();
    this.granted = grant.connections;
    this.faults = grant.faults;
    this.pausedUntil = now + grant.pausedMs;
    this.grantedUntil =
      now + Math.min(this.parts.options.limitRenewMs, grant.pausedMs > 0 ? grant.pausedMs : Infinity);
    this.slots.add(grant.slots, now);
    if (grant.pausedMs > longPauseMs) this.giveBackBuffer(0);
    this.pump();
  }

  add(mails: readonly ClaimedMail[]): void {
    this.buffer.push(...mails);
    this.pump();
  }

  /** Nothing new begins; resolves when all conversations have ended and are written down. */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.giveBackBuffer(0);
    this.pump();
    await Promise.all(this.workers);
  }

  private get wantedMails(): number {
    const ahead = Math.max(this.granted * this.parts.options.claimAhead, 10);
    return this.settings.messagesPerMinute === undefined ? ahead : Math.min(ahead, 2 * this.slotsAhead);
  }

  /** Slots for half a period of asking; the next ones are asked for when half of them are left. */
  private get slotsAhead(): number {
    const perSecond = (this.settings.messagesPerMinute ?? 0) / 60;
    return Math.ceil((perSecond * this.parts.options.limitRenewMs) / 2_000) + 1;
  }

  /** Whether slots run out, and the last grant was not just now. */
  private wantsSlots(): boolean {
    if (this.settings.messagesPerMinute === undefined || this.slots.count > this.slotsAhead / 2) return false;
    return performance.now() >= this.grantedUntil - this.parts.options.limitRenewMs * 0.9;
  }

  private get pauseLeftMs(): number {
    return Math.max(this.pausedUntil - performance.now(), 0);
  }

  private giveBackBuffer(delayMs: number): void {
    if (this.buffer.length > 0) this.parts.release(this.buffer.splice(0), delayMs);
  }

  /** Hands mails to connections that wait, and opens as many connections as there is work for. */
  private pump(): void {
    while (this.waiters.length > 0) {
      const mail = this.tryTake();
      if (mail === undefined && !this.isStopping) break;
      this.waiters.shift()!(mail);
    }
    const useful = Math.min(this.granted, this.workers.size + this.buffer.length);
    while (
      !this.isStopping &&
      this.pauseLeftMs === 0 &&
      this.workers.size < useful &&
      this.buffer.length > this.waiters.length
    ) {
      const worker: Promise<void> = this.work()
        .catch((error: unknown) =>
          this.parts.observer.loopFailed({ loop: 'send', error, isOutage: isOutage(error) }),
        )
        .finally(() => {
          this.workers.delete(worker);
          this.pump();
        });
      this.workers.add(worker);
    }
    this.waitForSlot();
    if (this.buffer.length < this.wantedMails / 2) this.parts.hungry();
  }

  /** A limited rate: looks again when the next slot is due. */
  private waitForSlot(): void {
    if (this.slotTimer !== undefined || this.waiters.length === 0 || this.buffer.length === 0) return;
    const ms = this.slots.msToNext(performance.now());
    if (this.settings.messagesPerMinute === undefined || ms === undefined) return;
    this.slotTimer = setTimeout(() => {
      this.slotTimer = undefined;
      this.pump();
    }, ms);
  }

  private tryTake(): ClaimedMail | undefined {
    if (this.isStopping || this.buffer.length === 0 || this.pauseLeftMs > 0) return undefined;
    if (this.settings.messagesPerMinute !== undefined && !this.slots.take(performance.now()))
      return undefined;
    return this.buffer.shift();
  }

  /** The next mail that may leave, within this time. */
  private async next(withinMs: number): Promise<ClaimedMail | undefined> {
    const now = this.tryTake();
    if (now !== undefined || withinMs === 0 || this.isStopping) {
      if (this.buffer.length < this.wantedMails / 2) this.parts.hungry();
      return now;
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.waiters.splice(this.waiters.indexOf(got), 1);
        resolve(undefined);
      }, withinMs);
      const got = (mail: ClaimedMail | undefined) => {
        clearTimeout(timer);
        resolve(mail);
      };
      this.waiters.push(got);
      this.waitForSlot();
    });
  }

  /** One connection's life: mail after mail, of which at most one is not settled. */
  private async work(): Promise<void> {
    const { options } = this.parts;
    const { version } = this.settings;
    let connection: MailConnection | undefined;
    let carried = 0;
    let finished: FinishedAttempt | undefined;
    let isLeaving = false;
    try {
      for (;;) {
        isLeaving = this.shrinks();
        const leaves = isLeaving || this.settings.version !== version;
        const mail = leaves ? undefined : await this.next(finished ? 0 : options.idleConnectionMs);
        if (!mail) {
          if (!finished) return;
          await this.settle(finished);
          finished = undefined;
          if (leaves) return;
          continue;
        }
        if (!connection?.isUsable || carried >= options.mailsPerConnection) {
          if (finished) await this.settle(finished);
          finished = undefined;
          this.closed(connection);
          connection = await this.open(mail);
          if (!connection) return;
          carried = 0;
        }
        const before = finished;
        finished = undefined;
        finished = await this.send(connection, mail, before, carried > 0);
        carried += 1;
      }
    } finally {
      this.closed(connection);
      if (finished) await this.settle(finished);
      if (isLeaving) this.leaving -= 1;
    }
  }

  /** Whether this worker is one too many; asked once by each that then leaves. */
  private shrinks(): boolean {
    if (this.workers.size - this.leaving <= this.granted) return false;
    this.leaving += 1;
    return true;
  }

  private async open(mail: ClaimedMail): Promise<MailConnection | undefined> {
    this.openConnections += 1;
    try {
      return await this.parts.connections.open(this.settings);
    } catch (error) {
      this.openConnections -= 1;
      this.buffer.unshift(mail);
      if (!(error instanceof ConnectError)) throw error;
      await this.failedToConnect(error);
      return undefined;
    }
  }

  private closed(connection: MailConnection | undefined): void {
    if (!connection) return;
    connection.close();
    this.openConnections -= 1;
  }

  /** Writes down the last mail and marks this one in one commit, then hands it over. */
  private async send(
    connection: MailConnection,
    mail: ClaimedMail,
    before: FinishedAttempt | undefined,
    isReused: boolean,
  ): Promise<FinishedAttempt | undefined> {
    const { budget, committer, release } = this.parts;
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
        release([mail], slowDownPauseMs);
        return undefined;
      }
      const isMarked = await committer.commit(unsettled, mail);
      if (unsettled) release([unsettled.mail]);
      unsettled = undefined;
      if (!isMarked) {
        // Paused, stopped, another mode now, or no longer ours: whoever looks next will know.
        release([mail], 0);
        return undefined;
      }
      return await this.transmit(connection, mail, content, isReused);
    } catch (error) {
      // Not in our hands any more: what was begun becomes uncertain when the leases end.
      release(unsettled ? [mail, unsettled.mail] : [mail]);
      throw error;
    } finally {
      giveBack?.();
    }
  }

  private async transmit(
    connection: MailConnection,
    mail: ClaimedMail,
    content: Buffer | Readable | SealedMailLost,
    isReused: boolean,
  ): Promise<FinishedAttempt> {
    const startedAt = performance.now();
    const transmission: Transmission =
      content instanceof SealedMailLost
        ? { ended: 'broken', stage: 'content', cause: 'sealed-mail', detail: content.message, refused: [] }
        : await connection.transmit({
            envelopeFrom: mail.envelopeFrom,
            recipients: openRecipients(mail.recipients).map(({ address }) => address),
            sizeBytes: mail.sizeBytes,
            content,
          });
    const elapsedMs = performance.now() - startedAt;
    const settlement = settleAttempt(mail, transmission, Math.random());
    this.parts.observer.settled({
      state: settlement.state,
      code: settlement.reply.code,
      seconds: elapsedMs / 1000,
    });
    // A connection that the server closed while it was idle is no fault of anyone.
    const wasIdle = isReused && transmission.ended === 'broken' && transmission.stage === 'mail';
    if (!wasIdle) await this.hear(settlement.server, transmission.ended);
    return { mail, settlement, elapsedMs };
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

  private async settle(finished: FinishedAttempt): Promise<void> {
    try {
      await this.parts.committer.commit(finished, undefined);
    } finally {
      this.parts.release([finished.mail]);
    }
  }

  private async failedToConnect({ fault }: ConnectError): Promise<void> {
    const { stage, cause, detail, reply } = fault;
    const verdict = reply && classifyReply(stage, reply);
    const said =
      reply && verdict
        ? spoken(verdict.code, stage, reply)
        : { code: codeOfBreak[cause as 'dns'], stage, detail };
    const isRefusedLogin = verdict?.scope === 'credentials' || cause === 'auth-not-offered';
    await this.hear({ kind: isRefusedLogin ? 'credentials-refused' : 'unwell', reply: said }, 'refused');
  }

  /** What a conversation told about the server goes to all replicas. */
  private async hear(news: ServerNews, ended: Transmission['ended']): Promise<void> {
    const { limits, observer } = this.parts;
    if (news.kind === 'well') {
      this.breaksInARow = 0;
      if (this.faults === 0) return;
      this.faults = 0;
      this.grantedUntil = 0;
      await this.tell(() => limits.reportWell(this));
      this.parts.attend();
      return;
    }
    this.breaksInARow += 1;
    if (ended === 'broken' && this.breaksInARow < breaksUntilPause) return;
    observer.serverFault({ code: news.reply.code, detail: news.reply.serverText ?? news.reply.detail ?? '' });
    const pauseMs =
      news.kind === 'credentials-refused'
        ? credentialsPauseMs
        : news.kind === 'slow-down'
          ? slowDownPauseMs
          : undefined;
    // Until the limits tell how long: nothing new begins.
    this.pausedUntil = Math.max(this.pausedUntil, performance.now() + 1_000);
    this.grantedUntil = 0;
    await this.tell(() => limits.reportFault(this, news.reply, pauseMs));
    this.parts.attend();
  }

  /** The limits' own outage stops no conversation: the next fault tells again. */
  private async tell(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isOutage(error)) throw error;
      this.parts.observer.loopFailed({ loop: 'limits', error, isOutage: true });
    }
  }
}
