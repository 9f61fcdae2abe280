import type { CopyRef, Mode, RenderMessage } from '@mailrun/contracts';
import type { RestoredRun } from './feed-store.port.js';

/** Messages to feed again, with what is published of them. */
export interface FedAgain {
  readonly tenantId: string;
  readonly runId: string;
  readonly mode: Mode;
  readonly round: number;
  readonly restored: RestoredRun | null;
  /** Now, by the database's clock. */
  readonly fedAt: Date;
  readonly records: readonly RenderMessage[];
}

/** Copies to ask the dispatcher about. */
export interface AskedCopies {
  readonly tenantId: string;
  readonly copies: readonly CopyRef[];
}

export interface DueMessages {
  readonly fedAgain: readonly FedAgain[];
  readonly asked: readonly AskedCopies[];
  /** How many were due; as many as the limit: there may be more. */
  readonly count: number;
}

/** Fed copies of one round of a stopped run that were never accepted. */
export interface UnacceptedCopies {
  readonly tenantId: string;
  readonly runId: string;
  readonly mode: Mode;
  readonly round: number;
  readonly restored: RestoredRun | null;
  readonly copies: readonly CopyRef[];
}

/** Messages under way that runs looks after by itself. */
export abstract class WatchStore {
  /**
   * Takes what is due: fed messages that were not accepted (at most `mostFedAgain` of them), and accepted ones without
   * news. Each gets the time at which it is due again, so another replica, or a restart, does not repeat it at once.
   */
  abstract takeDue(limit: number, mostFedAgain: number): Promise<DueMessages>;

  /** The next of a stopped run's fed copies that were not accepted, beginning after the message: those up to the next of another round. */
  abstract unaccepted(
    run: { readonly runId: string; readonly tenantId: string },
    after: string | undefined,
    limit: number,
  ): Promise<UnacceptedCopies | undefined>;

  /**
   * Marks the next pending messages of a stopped run as stopped. Those of rounds that may have left before the database was
   * restored count as fed, and hold their invoices: what became of them is not runs' to say. @returns how many
   */
  abstract stopPending(
    run: { readonly runId: string; readonly tenantId: string },
    limit: number,
  ): Promise<number>;
}
