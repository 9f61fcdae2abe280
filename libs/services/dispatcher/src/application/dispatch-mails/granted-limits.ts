import type { ClaimedMail } from '../../domain/mail.js';
import type { Circuit } from '../../domain/server-health.js';
import type { ServerSettings } from '../../domain/server-settings.js';
import type { LimitGrant, LimitRequest } from '../ports/server-limits.port.js';
import type { DispatchOptions } from './dispatch-options.js';
import { HeldCredits } from './held-credits.js';
import { SlotGrid } from './slot-grid.js';

/** How a lane uses its server now. */
export interface LaneUse {
  /** Whether mails wait for it. */
  readonly hasWork: boolean;
  readonly openConnections: number;
  readonly sentPerMinute: number;
  /** The most recipients that a mail of those that wait has. */
  readonly mostRecipients: number;
}

/** What this process may use of one mail server, as it was granted last: whether, how many connections, how quickly. */
export class GrantedLimits {
  private readonly slots = new SlotGrid();
  private readonly credits = new HeldCredits();
  /** Connections that may be open, until `leaseUntil`. */
  private granted = 0;
  private askedAt = 0;
  private leaseUntil = 0;
  private grantedUntil = 0;
  private state: Circuit = 'closed';
  /** Code of why it is not closed. */
  private cause: string | undefined;

  constructor(
    private settings: ServerSettings,
    private readonly options: DispatchOptions,
  ) {}

  /** New settings ask for new limits; those of the same version may have others by their group. */
  configure(settings: ServerSettings): void {
    if (settings.version !== this.settings.version) this.askAgain();
    this.settings = settings;
  }

  askAgain(): void {
    this.grantedUntil = 0;
  }

  get circuit(): Circuit {
    return this.state;
  }

  /** As the last grant said, or what we heard since. */
  get circuitState(): { readonly state: Circuit; readonly code: string | undefined } {
    return { state: this.state, code: this.cause };
  }

  /** Of conversations by these settings, one went so wrong that nothing new begins until the limits tell how long. */
  leaveAlone(settingsVersion: number): void {
    if (settingsVersion === this.settings.version) this.state = 'open';
  }

  /** Connections that may be open, now and when the server is left alone no more. */
  get connections(): number {
    return this.granted;
  }

  /** Connections that may be open now. */
  get connectionsNow(): number {
    return this.state === 'open' || performance.now() >= this.leaseUntil ? 0 : this.granted;
  }

  /** What to ask for now; undefined while the last grant still serves. */
  request(use: () => LaneUse): LimitRequest | undefined {
    const now = performance.now();
    if (now < this.grantedUntil) return undefined;
    this.askedAt = now;
    const { version, messagesPerMinute, maxConnections, quotas = [] } = this.settings;
    const { tenantId, serverKey, limitGroup } = this.settings;
    const { hasWork, openConnections, sentPerMinute, mostRecipients } = use();
    // For what leaves within two questions, at the present speed.
    const messages = Math.max(Math.ceil(sentPerMinute / 30), 2 * this.granted, 10);
    return {
      tenantId,
      serverKey,
      limitGroup,
      settingsVersion: version,
      messagesPerMinute,
      maxConnections,
      hasWork,
      wantedConnections: hasWork ? maxConnections : openConnections,
      openConnections,
      heldLanes: this.slots.heldLanes,
      sentPerMinute,
      quotas,
      unusedCredits: this.credits.giveBack(quotas),
      wantedCredits: { messages, recipients: messages * mostRecipients },
    };
  }

  /** @returns whether something must be told back at once, so that others may have it */
  take(grant: LimitGrant): boolean {
    const now = performance.now();
    const { limitLeaseMs, limitRenewMs, limitShortRenewMs } = this.options;
    const heldLanes = this.slots.heldLanes.length;
    this.granted = grant.connections;
    this.state = grant.circuit;
    this.cause = grant.cause?.code;
    // Counted from before the question: the limits may give it to others no earlier.
    this.leaseUntil = this.askedAt + limitLeaseMs;
    const renewMs = grant.isShort ? limitShortRenewMs : limitRenewMs;
    this.grantedUntil = now + Math.min(renewMs, grant.retryInMs > 0 ? grant.retryInMs : Infinity);
    this.slots.take(grant.slots, now);
    this.credits.take(grant.credits, this.askedAt);
    const givesUp = this.slots.heldLanes.length < heldLanes;
    if (givesUp) this.askAgain();
    return givesUp;
  }

  /** Uses a moment of the rate and credits for this mail, if there are some now. */
  use(mail: ClaimedMail): boolean {
    const now = performance.now();
    const { quotas = [] } = this.settings;
    if (!this.credits.sufficeFor(mail, quotas, now)) return false;
    if (this.slots.isLimited && !this.slots.use(now)) return false;
    this.credits.use(mail, quotas);
    return true;
  }

  /** Whether mails leave as soon as there is a connection for them. */
  get isUnlimited(): boolean {
    return !this.slots.isLimited && (this.settings.quotas ?? []).length === 0;
  }

  /** Until the next moment of a limited rate; undefined when there is none. */
  get msToNextMoment(): number | undefined {
    return this.slots.isLimited ? this.slots.msToNext(performance.now()) : undefined;
  }
}
