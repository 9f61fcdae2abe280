import { isOutage } from '@mailrun/platform-errors';
import type { ClaimedMail } from '../../domain/mail.js';
import type { ServerSettings } from '../../domain/server-settings.js';
import type { LimitGrant, LimitRequest, ServerRef } from '../ports/server-limits.port.js';
import { AheadTrust } from './ahead-trust.js';
import { Carrier, type CarrierLane } from './carrier.js';
import { Conversations } from './conversations.js';
import type { DispatchOptions } from './dispatch-options.js';
import { GrantedLimits } from './granted-limits.js';
import { LaneConnections } from './lane-connections.js';
import type { LaneParts } from './lane-parts.js';
import { Probe } from './probe.js';
import { RateMeter } from './rate-meter.js';
import { ServerListener } from './server-listener.js';
import { WaitingConnections } from './waiting-connections.js';

/** Brings together the claimed mails of one mail server and this process's connections to it. */
export class ServerLane implements ServerRef, CarrierLane {
  readonly tenantId: string;
  readonly serverKey: string;
  readonly options: DispatchOptions;
  readonly probe = new Probe();
  readonly connections: LaneConnections;
  readonly conversations: Conversations;
  private readonly granted: GrantedLimits;
  private readonly listener: ServerListener;
  private readonly meter = new RateMeter();
  private readonly aheadTrust = new AheadTrust();
  private readonly mails: ClaimedMail[] = [];
  private readonly waiting = new WaitingConnections();
  private readonly carriers = new Map<Carrier, Promise<void>>();
  /** Carriers that are about to end. */
  private readonly dismissed = new Set<Carrier>();
  /** How many mails leave in the time for which mails are claimed ahead. */
  private leavingSoon = 0;
  private momentTimer: NodeJS.Timeout | undefined;
  private isStopping = false;

  constructor(
    private settings: ServerSettings,
    private readonly parts: LaneParts,
  ) {
    this.tenantId = settings.tenantId;
    this.serverKey = settings.serverKey;
    this.options = parts.options;
    this.granted = new GrantedLimits(settings, parts.options);
    this.listener = new ServerListener(parts, this.granted, this.probe);
    this.connections = new LaneConnections(parts, this.granted, this.probe, this.listener);
    this.conversations = new Conversations(parts, this.listener, this.probe, this.meter, this.aheadTrust);
  }

  /** Takes the newest settings; new ones close the circuit, and connections made by the old ones. */
  configure(settings: ServerSettings): void {
    const isNew = settings.version !== this.settings.version;
    this.settings = settings;
    this.granted.configure(settings);
    if (!isNew) return;
    this.probe.clear();
    this.listener.forget();
    this.connections.forget();
  }

  /** How many more mails it can use soon. */
  get room(): number {
    if (this.isStopping || this.granted.connectionsNow === 0) return 0;
    return Math.max(this.wantedMails - this.mails.length, 0);
  }

  get isIdle(): boolean {
    return this.carriers.size === 0 && !this.hasMails;
  }

  get hasMails(): boolean {
    return this.mails.length > 0;
  }

  get circuitState(): GrantedLimits['circuitState'] {
    return this.granted.circuitState;
  }

  /** What to ask of the limits now; undefined while the last grant still serves. */
  limitRequest(hasWork: boolean): LimitRequest | undefined {
    if (!hasWork && this.isIdle) return undefined;
    return this.granted.request(() => ({
      hasWork: hasWork || this.hasMails,
      openConnections: this.connections.count,
      sentPerMinute: this.meter.perMinute(performance.now()),
      mostRecipients: Math.max(1, ...this.mails.map(({ recipients }) => recipients.length)),
    }));
  }

  take(grant: LimitGrant): void {
    if (this.granted.take(grant)) this.parts.attend();
    if (grant.circuit !== 'half-open') this.probe.clear();
    // Whoever has connections, or probes, must find the mails.
    if (grant.connections === 0) this.giveBackAll();
    this.pump();
  }

  add(mails: readonly ClaimedMail[]): void {
    const { claimAheadMs, mostClaimedAhead } = this.options;
    const perMs = this.meter.perMinute(performance.now()) / 60_000;
    this.leavingSoon = Math.min(Math.round(perMs * claimAheadMs), mostClaimedAhead);
    this.mails.push(...mails);
    this.pump();
  }

  /** Nothing new begins; resolves when all conversations have ended and are written down. */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.giveBackAll();
    this.granted.askAgain();
    this.pump();
    await Promise.all(this.carriers.values());
  }

  mayConnect(carrier?: Carrier): boolean {
    return !this.isStopping && this.connections.mayOpen(carrier);
  }

  dismisses(carrier: Carrier): boolean {
    if (carrier.settings.version === this.settings.version && !this.hasTooMany) return false;
    this.dismissed.add(carrier);
    return true;
  }

  async next(carrier: Carrier, withinMs: number): Promise<ClaimedMail | undefined> {
    const mail = this.tryTake(carrier);
    if (mail !== undefined || withinMs === 0 || this.isStopping) {
      this.callForMore();
      return mail;
    }
    const given = this.waiting.wait(carrier, withinMs);
    this.waitForMoment();
    return given;
  }

  nextAhead(): ClaimedMail | undefined {
    if (!this.mayGoOn || this.hasTooMany || !this.aheadTrust.isGiven) return undefined;
    const mail = this.mails.shift();
    this.callForMore();
    return mail;
  }

  get mayGoOn(): boolean {
    const { granted, isStopping } = this;
    return !isStopping && granted.circuit === 'closed' && granted.connectionsNow > 0 && granted.isUnlimited;
  }

  putBack(mail: ClaimedMail): void {
    if (this.isStopping) {
      this.parts.release([mail], 0);
      return;
    }
    this.mails.unshift(mail);
    this.pump();
  }

  private get hasTooMany(): boolean {
    return this.carriers.size - this.dismissed.size > this.granted.connectionsNow;
  }

  private get wantedMails(): number {
    if (this.granted.circuit === 'half-open') return this.probe.isTaken ? 0 : 1;
    return Math.max(this.granted.connections * this.options.claimAhead, this.leavingSoon, 10);
  }

  private callForMore(): void {
    if (this.mails.length < this.wantedMails / 2) this.parts.hungry();
  }

  private giveBackAll(): void {
    if (this.hasMails) this.parts.release(this.mails.splice(0), 0);
  }

  /** Hands mails to connections that wait, and opens as many connections as there is work for. */
  private pump(): void {
    while (this.waiting.first !== undefined) {
      const mail = this.tryTake(this.waiting.first);
      // One that gets none ends, if there are too many.
      if (mail === undefined && !this.isStopping && !this.hasTooMany) break;
      this.waiting.give(mail);
    }
    const useful = Math.min(this.granted.connectionsNow, this.carriers.size + this.mails.length);
    while (this.mayConnect() && this.carriers.size < useful && this.mails.length > this.waiting.count) {
      this.startCarrier();
    }
    this.waitForMoment();
    this.callForMore();
  }

  private startCarrier(): void {
    const carrier = new Carrier(this.settings, this);
    const run = carrier
      .run()
      .catch((error: unknown) =>
        this.parts.observer.loopFailed({ loop: 'send', error, isOutage: isOutage(error) }),
      )
      .finally(() => {
        this.dismissed.delete(carrier);
        this.carriers.delete(carrier);
        this.pump();
      });
    this.carriers.set(carrier, run);
  }

  private tryTake(carrier: Carrier): ClaimedMail | undefined {
    const [mail] = this.mails;
    if (this.isStopping || mail === undefined || this.granted.connectionsNow === 0) return undefined;
    const isProbe = this.granted.circuit === 'half-open';
    if (isProbe && !this.probe.maySend(carrier)) return undefined;
    if (!this.granted.use(mail)) return undefined;
    if (isProbe) this.probe.sends(carrier);
    return this.mails.shift();
  }

  /** A limited rate: looks again when the next moment comes. */
  private waitForMoment(): void {
    if (this.momentTimer !== undefined || this.waiting.count === 0 || !this.hasMails) return;
    const ms = this.granted.msToNextMoment;
    if (ms === undefined) return;
    this.momentTimer = setTimeout(() => {
      this.momentTimer = undefined;
      this.pump();
    }, ms);
  }
}
