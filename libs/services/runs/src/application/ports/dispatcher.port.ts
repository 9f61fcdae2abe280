import type { Readable } from 'node:stream';
import type {
  CopyRef,
  GateState,
  getMessageHistory,
  MessageOutcome,
  Mode,
  ResponseOf,
} from '@mailrun/contracts';

/** What the dispatcher knows of a message: outcomes of its copies, conversations, subject. */
export type CopyHistory = ResponseOf<typeof getMessageHistory>;

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

  /** What it knows of a message that was fed. */
  abstract readHistory(tenantId: string, messageId: string): Promise<CopyHistory>;

  /** The sealed mail. @throws Refusal when there is none */
  abstract readSource(
    tenantId: string,
    copy: CopyRef,
  ): Promise<{ readonly stream: Readable; readonly sizeBytes: number | undefined }>;
}
