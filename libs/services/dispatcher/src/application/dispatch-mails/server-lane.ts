import type { Readable } from 'node:stream';
import { isOutage } from '@mailrun/platform-errors';
import type { Transmission } from '../../domain/conversation.js';
import { openRecipients, type ClaimedMail } from '../../domain/mail.js';
import { creditLifeMs, noCredits } from '../../domain/quota.js';
import type { Circuit } from '../../domain/server-health.js';
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
import { RateMeter } from './rate-meter.js';
import { SlotGrid } from './slot-grid.js';

/** What all lanes share. */
export interface LaneParts {
  /** This process, towards the limits. */
  readonly holder: string;
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
/** How long a mail waits whose bytes can't be read now, because their store is away. */
const storeAwayMs = 10_000;
/** After a connection that was not let in, before the limits say how many are. */
const refusedConnectionMs = 1_000;
/** Many connections hear "slow down" at once; the limits want to hear it once. */
const slowDownSilenceMs = 1_000;

/** One connection's life, to tell the one that probes from the others. */
interface Worker {
  readonly settingsVersion: number;
}

interface Waiter {
  readonly worker: Worker;
  readonly give: (mail: ClaimedMail | undefined) => void;
}

/** All conversations of this process with one mail server, and the claimed mails that wait for them. */
export class ServerLane implements ServerRef {
  readonly tenantId: string;
  readonly serverKey: string;
  private readonly buffer: ClaimedMail[] = [];
  private readonly waiters: Waiter[] = [];
  private readonly slots = new SlotGrid();
  private readonly meter = new RateMeter();
  /** How many mails leave in the time for which mails are claimed ahead. */
  private leavingSoon = 0;
  private slotTimer: NodeJS.Timeout | undefined;
  private readonly workers = new Set<Promise<void>>();
  /** Workers that are about to end, because there are too many. */
  private leaving = 0;
  private openConnections = 0;
  /** Connections that may be open, until `leaseUntil`. */
  private granted = 0;
  private askedAt = 0;
  private leaseUntil = 0;
  private grantedUntil = 0;
  private circuit: Circuit = 'closed';
  /** Code of why it is not closed. */
  private cause: string | undefined;
  /** With a half-open circuit: the one that probes. */
  private prober: Worker | undefined;
  private isProbeSent = false;
  private noConnectionUntil = 0;
  private slowedAt = -Infinity;
  private breaksInARow = 0;
  private credits: { messages: number | undefined; recipients: number | undefined } = { ...noCredits };
  private creditsUntil = 0;
  private isStopping = false;

  constructor(
    private settings: ServerSettings,
    private readonly parts: LaneParts,
  ) {
    this.tenantId = settings.tenantId;
    this.serverKey = settings.serverKey;
  }

  /** Takes the newest settings; new ones close the circuit, and connections made by the old ones. */
  configure(settings: ServerSettings): void {
    if (settings.version === this.settings.version) return;
    this.settings = settings;
    this.prober = undefined;
    this.breaksInARow = 0;
    this.noConnectionUntil = 0;
    this.grantedUntil = 0;
  }

  /** How many more mails it can use soon. */
  get room(): number {
    if (this.isStopping || this.allowed === 0) return 0;
    return Math.max(this.wantedMails - this.buffer.length, 0);
  }

  get isIdle(): boolean {
    return this.workers.size === 0 && this.buffer.length === 0;
  }

  get connectionCount(): number {
    return this.openConnections;
  }

  /** As the last grant said, or what we heard since. */
  get circuitState(): { readonly state: Circuit; readonly code: string | undefined } {
    return { state: this.circuit, code: this.cause };
  }

  /** What to ask of the limits now; undefined while the last grant still serves. */
  limitRequest(hasWork: boolean): LimitRequest | undefined {
    const now = performance.now();
    if (now < this.grantedUntil || (!hasWork && this.isIdle)) return undefined;
    this.askedAt = now;
    // What we tell as unused is taken back: nothing of it may be used while we ask.
    const unusedCredits = this.credits;
    this.credits = { ...noCredits };
    if ((this.settings.quotas ?? []).length > 0) this.credits = { messages: 0, recipients: 0 };
    return {
      tenantId: this.tenantId,
      serverKey: this.serverKey,
      settingsVersion: this.settings.version,
      messagesPerMinute: this.settings.messagesPerMinute,
      maxConnections: this.settings.maxConnections,
      hasWork: hasWork || this.buffer.length > 0,
      wantedConnections:
        hasWork || this.buffer.length > 0 ? this.settings.maxConnections : this.openConnections,
      openConnections: this.openConnections,
      heldLanes: this.slots.heldLanes,
      sentPerMinute: this.meter.perMinute(now),
      quotas: this.settings.quotas ?? [],
      unusedCredits,
      wantedCredits: this.wantedCredits(now),
    };
  }

  take(grant: LimitGrant): void {
    const now = performance.now();
    const { limitLeaseMs, limitRenewMs } = this.parts.options;
    this.granted = grant.connections;
    this.circuit = grant.circuit;
    this.cause = grant.cause?.code;
    if (grant.circuit !== 'half-open') this.prober = undefined;
    // Counted from before the question: the limits may give it to others no earlier.
    this.leaseUntil = this.askedAt + limitLeaseMs;
    this.grantedUntil = now + Math.min(limitRenewMs, grant.retryInMs > 0 ? grant.retryInMs : Infinity);
    this.slots.take(grant.slots, now);
    this.credits = { ...grant.credits };
    this.creditsUntil = this.askedAt + creditLifeMs;
    // The one that probes, whoever that is, must find a mail.
    if (grant.circuit !== 'closed' && grant.connections === 0) this.giveBackBuffer(0);
    this.pump();
  }

  add(mails: readonly ClaimedMail[]): void {
    const { claimAheadMs, mostClaimedAhead } = this.parts.options;
    const perMs = this.meter.perMinute(performance.now()) / 60_000;
    this.leavingSoon = Math.min(Math.round(perMs * claimAheadMs), mostClaimedAhead);
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

  /** Connections that may be open now. */
  private get allowed(): number {
    return this.circuit === 'open' || performance.now() >= this.leaseUntil ? 0 : this.granted;
  }

  private get wantedMails(): number {
    if (this.circuit === 'half-open') return this.prober ? 0 : 1;
    return Math.max(this.granted * this.parts.options.claimAhead, this.leavingSoon, 10);
  }

  private giveBackBuffer(delayMs: number): void {
    if (this.buffer.length > 0) this.parts.release(this.buffer.splice(0), delayMs);
  }

  /** Hands mails to connections that wait, and opens as many connections as there is work for. */
  private pump(): void {
    while (this.waiters.length > 0) {
      const mail = this.tryTake(this.waiters[0]!.worker);
      if (mail === undefined && !this.isStopping && this.workers.size - this.leaving <= this.allowed) break;
      this.waiters.shift()!.give(mail);
    }
    const useful = Math.min(this.allowed, this.workers.size + this.buffer.length);
    while (this.mayConnect() && this.workers.size < useful && this.buffer.length > this.waiters.length) {
      const worker: Promise<void> = this.work({ settingsVersion: this.settings.version })
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

  /** Whether a connection may be opened; with a half-open circuit one probes. */
  private mayConnect(worker?: Worker): boolean {
    if (this.isStopping || this.allowed === 0 || performance.now() < this.noConnectionUntil) return false;
    return this.circuit === 'closed' || this.prober === undefined || this.prober === worker;
  }

  /** A limited rate: looks again when the next moment comes. */
  private waitForSlot(): void {
    if (this.slotTimer !== undefined || this.waiters.length === 0 || this.buffer.length === 0) return;
    const ms = this.slots.msToNext(performance.now());
    if (!this.slots.isLimited || ms === undefined) return;
    this.slotTimer = setTimeout(() => {
      this.slotTimer = undefined;
      this.pump();
    }, ms);
  }

  private tryTake(worker: Worker): ClaimedMail | undefined {
    if (this.isStopping || this.buffer.length === 0 || this.allowed === 0) return undefined;
    const isProbe = this.circuit === 'half-open';
    if (isProbe && this.prober !== undefined && (this.prober !== worker || this.isProbeSent))
      return undefined;
    if (!this.hasCredits(this.buffer[0]!)) return undefined;
    if (this.slots.isLimited && !this.slots.use(performance.now())) return undefined;
    if (isProbe) {
      this.prober = worker;
      this.isProbeSent = true;
    }
    const mail = this.buffer.shift()!;
    this.useCredits(mail);
    return mail;
  }

  /** For what leaves within two questions, at the present speed. */
  private wantedCredits(now: number): { messages: number; recipients: number } {
    const messages = Math.max(Math.ceil(this.meter.perMinute(now) / 30), 2 * this.granted, 10);
    const each = Math.max(1, ...this.buffer.map(({ recipients }) => recipients.length));
    return { messages, recipients: messages * each };
  }

  private hasCredits(mail: ClaimedMail): boolean {
    const { messages, recipients } = this.credits;
    if (messages === undefined && recipients === undefined) return true;
    if (performance.now() >= this.creditsUntil) return false;
    return (messages ?? 1) >= 1 && (recipients ?? Infinity) >= this.recipientsOf(mail);
  }

  private useCredits(mail: ClaimedMail): void {
    const { credits } = this;
    if (credits.messages !== undefined) credits.messages -= 1;
    if (credits.recipients !== undefined) credits.recipients -= this.recipientsOf(mail);
  }

  /** A mail to more than a quota allows at all must leave too: when nothing else does. */
  private recipientsOf(mail: ClaimedMail): number {
    const most = (this.settings.quotas ?? []).filter(({ count }) => count === 'recipients');
    return Math.min(openRecipients(mail.recipients).length, ...most.map(({ max }) => max));
  }

  /** The next mail that may leave, within this time. */
  private async next(worker: Worker, withinMs: number): Promise<ClaimedMail | undefined> {
    const now = this.tryTake(worker);
    if (now !== undefined || withinMs === 0 || this.isStopping) {
      if (this.buffer.length < this.wantedMails / 2) this.parts.hungry();
      return now;
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        resolve(undefined);
      }, withinMs);
      const waiter: Waiter = {
        worker,
        give: (mail) => {
          clearTimeout(timer);
          resolve(mail);
        },
      };
      this.waiters.push(waiter);
      this.waitForSlot();
    });
  }

  /** One connection's life: mail after mail, of which at most one is not settled. */
  private async work(worker: Worker): Promise<void> {
    const { options } = this.parts;
    let connection: MailConnection | undefined;
    let carried = 0;
    let finished: FinishedAttempt | undefined;
    let isLeaving = false;
    try {
      for (;;) {
        isLeaving = this.shrinks();
        if (isLeaving || this.settings.version !== worker.settingsVersion) return;
        if (!connection?.isUsable || carried >= options.mailsPerConnection) {
          if (finished) await this.settle(finished);
          finished = undefined;
          await this.closed(connection);
          connection = undefined;
          // Opened before a mail is taken: at a limited rate it leaves at the moment for which it is taken.
          connection = await this.open(worker);
          if (!connection) return;
          carried = 0;
          continue;
        }
        const mail = await this.next(worker, finished ? 0 : options.idleConnectionMs);
        if (!mail) {
          if (!finished) return;
          await this.settle(finished);
          finished = undefined;
          continue;
        }
        if (!connection.isUsable) {
          // Closed while it waited for its turn: the mail leaves over another one, at once.
          await this.closed(connection);
          connection = undefined;
          connection = await this.open(worker, mail);
          if (!connection) {
            this.buffer.unshift(mail);
            return;
          }
          carried = 0;
        }
        const before = finished;
        finished = undefined;
        finished = await this.send(worker, connection, mail, before, carried > 0);
        carried += 1;
      }
    } finally {
      const closed = this.closed(connection);
      this.endProbe(worker);
      if (finished) await this.settle(finished);
      await closed;
      if (isLeaving) this.leaving -= 1;
    }
  }

  /** Whether this worker is one too many; asked once by each that then leaves. */
  private shrinks(): boolean {
    if (this.workers.size - this.leaving <= this.allowed) return false;
    this.leaving += 1;
    return true;
  }

  /** @param mail that was taken already; else one of those that wait */
  private async open(worker: Worker, mail = this.buffer[0]): Promise<MailConnection | undefined> {
    if (mail === undefined || !this.mayConnect(worker)) return undefined;
    const isProbe = this.circuit === 'half-open';
    if (isProbe) this.beginProbe(worker);
    this.openConnections += 1;
    try {
      return await this.parts.connections.open(this.settings, isProbe);
    } catch (error) {
      this.openConnections -= 1;
      if (!(error instanceof ConnectError)) throw error;
      await this.failedToConnect(worker, error);
      return undefined;
    }
  }

  private beginProbe(worker: Worker): void {
    this.prober = worker;
    this.isProbeSent = false;
  }

  /** Without a verdict, another one may probe. */
  private endProbe(worker: Worker): void {
    if (this.prober === worker) this.prober = undefined;
  }

  /** Counts until the server has let go of it: another replica may open one in its place then. */
  private async closed(connection: MailConnection | undefined): Promise<void> {
    if (!connection) return;
    await connection.close();
    this.openConnections -= 1;
  }

  /** Writes down the last mail and marks this one in one commit, then hands it over. */
  private async send(
    worker: Worker,
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
        release([mail], storeAwayMs);
        this.endProbe(worker);
        return undefined;
      }
      const isMarked = await committer.commit(unsettled, mail);
      if (unsettled) release([unsettled.mail]);
      unsettled = undefined;
      if (!isMarked) {
        // Paused, stopped, another mode now, or no longer ours: whoever looks next will know.
        release([mail], 0);
        this.endProbe(worker);
        return undefined;
      }
      return await this.transmit(worker, connection, mail, content, isReused);
    } catch (error) {
      // Not in our hands any more: what was begun becomes uncertain when the leases end.
      release(unsettled ? [mail, unsettled.mail] : [mail]);
      throw error;
    } finally {
      giveBack?.();
    }
  }

  private async transmit(
    worker: Worker,
    connection: MailConnection,
    mail: ClaimedMail,
    content: Buffer | Readable | SealedMailLost,
    isReused: boolean,
  ): Promise<FinishedAttempt> {
    const startedAt = performance.now();
    this.meter.add(startedAt);
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
    const { firstRetryMs } = this.parts.options;
    const { replyRules } = this.settings;
    const settlement = settleAttempt(mail, transmission, Math.random(), replyRules, firstRetryMs);
    this.parts.observer.settled({
      state: settlement.state,
      code: settlement.reply.code,
      seconds: elapsedMs / 1000,
    });
    // A connection that the server closed while it was idle is no fault of anyone.
    const wasIdle = isReused && transmission.ended === 'broken' && transmission.stage === 'mail';
    if (wasIdle) this.endProbe(worker);
    else await this.hear(worker, settlement.server, transmission.ended);
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

  private async failedToConnect(worker: Worker, { fault }: ConnectError): Promise<void> {
    const { stage, cause, detail, reply } = fault;
    const verdict = reply && classifyReply(stage, reply, this.settings.replyRules);
    const said =
      reply && verdict
        ? spoken(verdict.code, stage, reply)
        : { code: codeOfBreak[cause as 'dns'], stage, detail };
    this.noConnectionUntil = performance.now() + refusedConnectionMs;
    if (verdict?.scope === 'rate') return this.hear(worker, { kind: 'slow-down', reply: said }, 'refused');
    const isRefused = verdict?.scope === 'credentials' || cause === 'auth-not-offered';
    return this.hear(worker, { kind: isRefused ? 'credentials-refused' : 'unwell', reply: said }, 'refused');
  }

  /** What a conversation told about the server goes to all replicas, as far as it changes anything. */
  private async hear(worker: Worker, news: ServerNews, ended: Transmission['ended']): Promise<void> {
    const isProbe = this.prober === worker;
    if (news.kind === 'well') {
      this.breaksInARow = 0;
      if (isProbe) await this.tell(worker, news);
      return;
    }
    if (news.kind === 'slow-down') {
      const now = performance.now();
      if (!isProbe && now - this.slowedAt < slowDownSilenceMs) return;
      this.slowedAt = now;
    } else {
      this.breaksInARow += 1;
      if (
        !isProbe &&
        (this.circuit !== 'closed' || (ended === 'broken' && this.breaksInARow < breaksUntilPause))
      )
        return;
      // Until the limits tell how long: nothing new begins.
      if (worker.settingsVersion === this.settings.version) this.circuit = 'open';
    }
    const { serverText, detail } = news.reply;
    this.parts.observer.serverFault({ code: news.reply.code, detail: serverText ?? detail ?? '' });
    await this.tell(worker, news);
  }

  private async tell(worker: Worker, news: ServerNews): Promise<void> {
    const { limits, holder, observer } = this.parts;
    const { messagesPerMinute, maxConnections, quotas = [] } = this.settings;
    const { settingsVersion } = worker;
    await this.untilOutage(async () => {
      const report = { settingsVersion, messagesPerMinute, maxConnections, quotas, news };
      const { before, after } = await limits.report(holder, this, report);
      if (before !== after) {
        observer.circuitChanged({ to: after, code: news.kind === 'well' ? undefined : news.reply.code });
      }
    });
    this.endProbe(worker);
    this.grantedUntil = 0;
    this.parts.attend();
  }

  /** The limits' own outage stops no conversation: the next fault tells again. */
  private async untilOutage(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isOutage(error)) throw error;
      this.parts.observer.loopFailed({ loop: 'limits', error, isOutage: true });
    }
  }
}
