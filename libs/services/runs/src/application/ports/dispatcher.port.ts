import type { Readable } from 'node:stream';
import type {
  CopyRef,
  decideCopies,
  Decision,
  GateState,
  getMessageHistory,
  MessageOutcome,
  Mode,
  ResponseOf,
} from '@mailrun/contracts';

/** What the dispatcher knows of a message: outcomes of its copies, conversations, subject. */
export type CopyHistory = ResponseOf<typeof getMessageHistory>;

/** A copy in the revision that was seen. */
export type DecidedCopy = CopyRef & { readonly revision: number };

export type DecidedCopies = ResponseOf<typeof decideCopies>;

export interface Gate {
  readonly round: number;
  /** The greatest one wins. */
  readonly revision: number;
  readonly state: GateState;
}

/** The dispatcher, as runs sees it. Every call may throw an Outage. */
export abstract class Dispatcher {
  /** Resolves when nothing more of a stopped or paused round can leave. */
  abstract putGate(tenantId: string, runId: string, gate: Gate): Promise<void>;

  /** Current outcomes; of copies that it does not know there is none. At most 1,000. */
  abstract queryOutcomes(tenantId: string, copies: readonly CopyRef[]): Promise<MessageOutcome[]>;

  /** Enters copies that it never accepted as stopped, and answers the outcomes of all. At most 1,000. */
  abstract stopCopies(
    tenantId: string,
    run: { readonly runId: string; readonly round: number; readonly mode: Mode },
    copies: readonly CopyRef[],
  ): Promise<MessageOutcome[]>;

  /**
   * Enters copies that it never accepted as uncertain, because they may have left after the backup that the database was
   * restored from, and answers the outcomes of all. At most 1,000.
   */
  abstract restoreCopies(
    tenantId: string,
    run: {
      readonly runId: string;
      readonly round: number;
      readonly mode: Mode;
      readonly restoredTo: string;
    },
    copies: readonly CopyRef[],
  ): Promise<MessageOutcome[]>;

  /**
   * What a person decided about uncertain copies, each in the revision that was seen: one that is another by now is left
   * as it is. Answers the outcomes of all that are known. At most 1,000.
   */
  abstract decideCopies(
    tenantId: string,
    decision: { readonly decision: Decision; readonly detail: string },
    copies: readonly DecidedCopy[],
  ): Promise<DecidedCopies>;

  /** What it knows of a message that was fed. */
  abstract readHistory(tenantId: string, messageId: string): Promise<CopyHistory>;

  /** The sealed mail. @throws Refusal when there is none */
  abstract readSource(
    tenantId: string,
    copy: CopyRef,
  ): Promise<{ readonly stream: Readable; readonly sizeBytes: number | undefined }>;
}
