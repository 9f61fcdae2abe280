import type { BlobRef, Mode, RenderMessage, SkipReason } from '@mailrun/contracts';
import type { FeedableRun } from '../../domain/runs/feed-window.js';
import type { EarlierState } from '../../domain/runs/copies.js';
import type { ClaimHolder } from '../../domain/runs/settle-claim.js';

/** Of a run that was under way when the database was backed up that was restored since. */
export interface RestoredRun {
  /** The moment of the backup, RFC 3339. */
  readonly to: string;
  /** Messages of rounds up to this one may have left after it. */
  readonly round: number;
}

/** A running run, as the feeding transaction sees it. */
export interface FeedingRun {
  readonly runId: string;
  readonly tenantId: string;
  readonly preparationId: string;
  readonly definitionKey: string;
  readonly mode: Mode;
  readonly round: number;
  readonly isSendAgain: boolean;
  readonly pins: BlobRef;
  readonly restored: RestoredRun | null;
  /** Now, by the database's clock. */
  readonly fedAt: Date;
}

/** A pending message with what it would carry. */
export interface FeedCandidate {
  readonly messageId: string;
  readonly copy: number;
  readonly round: number;
  /** What earlier copies came to, where they reached someone or may have. */
  readonly earlierState: EarlierState | null;
  readonly isCustomerSuspended: boolean;
  readonly invoices: readonly {
    readonly resultId: string;
    readonly invoiceId: string;
    readonly revision: number;
    /** Still approved, in the prepared revision. */
    readonly isUnchanged: boolean;
    /** Of its data, about. */
    readonly sizeBytes: number;
  }[];
}

export interface InvoiceClaim {
  readonly invoiceId: string;
  readonly revision: number;
  readonly messageId: string;
  readonly copy: number;
}

/** What becomes of the candidates: each is queued or skipped. */
export interface FedMessages {
  readonly queued: readonly { readonly messageId: string; readonly invoices: number }[];
  readonly skipped: readonly { readonly messageId: string; readonly reason: SkipReason }[];
  /**
   * Further copies that do not go out, because something about them changed. What earlier ones came to stays, in the
   * results as well.
   */
  readonly withdrawn: readonly {
    readonly messageId: string;
    readonly reason: SkipReason;
    readonly state: EarlierState;
    readonly invoices: number;
  }[];
  /** Invoices that drop out, also of messages that are queued with the others. */
  readonly dropped: readonly { readonly resultId: string; readonly reason: SkipReason }[];
  /** Id of the last candidate: everything up to it is decided. */
  readonly position: string | null;
}

/** Everything of it lives in one transaction, in which the run can't be stopped and no other replica feeds it. */
export interface Feeding {
  readonly run: FeedingRun;
  /** Fewer where the run shall pause itself after some; then, only those of the rounds that were begun since. */
  candidates(limit: number): Promise<FeedCandidate[]>;
  /** Claims what is free and answers, in the order of the claims, who holds the others (null: claimed). */
  claim(claims: readonly InvoiceClaim[]): Promise<(ClaimHolder | null)[]>;
  takeOver(claims: readonly InvoiceClaim[]): Promise<void>;
  write(fed: FedMessages): Promise<void>;
  /** What is published of the messages, after `write`. */
  records(messageIds: readonly string[]): Promise<RenderMessage[]>;
}

/** Pending messages and the claims on their invoices. */
export abstract class FeedStore {
  /** Running runs with pending messages, and what is under way of them. */
  abstract feedableRuns(): Promise<FeedableRun[]>;

  /** Undefined when the run is not running or another replica feeds it at this moment. */
  abstract withRun<Result>(
    run: { readonly runId: string; readonly tenantId: string },
    work: (feeding: Feeding) => Promise<Result>,
  ): Promise<Result | undefined>;
}
