import type { CopyOutcome } from '../../domain/copy-outcome.js';
import type { ClaimedMail, MailKey } from '../../domain/mail.js';
import type { Settlement } from '../../domain/settle-attempt.js';

/** A run that has, or soon may have, mails to send over a server. */
export interface WaitingRun {
  readonly tenantId: string;
  readonly serverKey: string;
  readonly runId: string;
}

export interface ClaimRequest extends WaitingRun {
  readonly limit: number;
}

/** A mail in our hands, by its key and fence. */
export interface HeldMail extends MailKey {
  readonly tenantId: string;
  readonly attemptToken: string;
}

/** An attempt that ended. */
export interface FinishedAttempt {
  readonly mail: ClaimedMail;
  readonly settlement: Settlement;
  readonly elapsedMs: number;
}

/** Outcomes that were committed together and are to be published. The entry leaves the outbox when all of them were. */
export interface OutboxEntry {
  readonly entry: string;
  readonly outcomes: readonly CopyOutcome[];
}

export interface GroupCommit {
  /** Each mail at most once, here and in `next`. */
  readonly finished: readonly FinishedAttempt[];
  /** Claimed mails whose content is about to be handed over. */
  readonly next: readonly ClaimedMail[];
  /** Outbox entries whose outcomes are safe with the broker. */
  readonly told: readonly string[];
}

export interface Committed {
  /** Keys (see `keyOfMail`) of those of `next` that may be sent now; of the others nothing may leave. */
  readonly marked: ReadonlySet<string>;
  /** Those of `finished` that were still ours, as they lie in the outbox; undefined when none was. */
  readonly settled: OutboxEntry | undefined;
}

export interface Recovered {
  /** Claimed, never begun: they wait again. */
  readonly returned: number;
  /** Begun, and nobody knows how they ended. */
  readonly uncertain: number;
}

/**
 * The queue of mails, shared by all replicas. Each claim has an attempt token, and every later write names it: a
 * process that lost its lease changes nothing. All times are the database's.
 */
export abstract class MailQueue {
  /** Runs that may have due mails, those that waited longest first; none of a paused server. Over all tenants. */
  abstract waitingRuns(limit: number): Promise<WaitingRun[]>;

  /**
   * Takes due mails of these runs for `leaseMs`, up to each limit, never the same by two. None of a run that is paused
   * or stopped or of a server that is paused, and none whose mode is not the tenant's.
   */
  abstract claim(requests: readonly ClaimRequest[], leaseMs: number): Promise<ClaimedMail[]>;

  /**
   * One transaction: writes down how the finished attempts ended (mail, recipients, attempt, outbox), marks the next
   * mails `transmitting` where claim, gate and mode still allow it, and removes outbox entries that were told.
   */
  abstract commit(work: GroupCommit): Promise<Committed>;

  /**
   * Claimed mails that were not handed over, and will not be now, wait again, for at least `delayMs`. One that is
   * transmitting was marked by a commit whose answer was lost and whose repetition was refused: nothing left.
   */
  abstract giveBack(mails: readonly HeldMail[], delayMs: number): Promise<void>;

  /** Keeps the leases of what is in our hands. */
  abstract renew(mails: readonly HeldMail[], leaseMs: number): Promise<void>;

  /**
   * Mails whose lease ended: claimed ones wait again; transmitting ones become uncertain, or are repeated by policy
   * after `repeatAfterMs` (not in a stopped round). Over all tenants with work.
   */
  abstract recover(repeatAfterMs: number): Promise<Recovered>;
}
