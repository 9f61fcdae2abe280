import type {
  GateState,
  InDoubtPolicy,
  InvoiceSnapshot,
  MessageOutcome,
  MessageState,
  Mode,
  RenderMessage,
  RunState,
} from '@mailrun/contracts';
import type { OpenDecision } from '../../application/ports/decision-store.port.js';
import type { RestoredRun } from '../../application/ports/feed-store.port.js';
import type { Count } from '../../application/ports/run-store.port.js';
import type { WorkItem, WorkKind } from '../../application/ports/work-index.port.js';
import type { EarlierCopy, EarlierState, OwnState } from '../../domain/runs/copies.js';
import type { RoundKind } from '../../domain/runs/rounds.js';
import type { Run } from '../../domain/runs/run.js';
import type { SelfPause } from '../../domain/runs/self-pause.js';

/** Rows of the engine as the fakes keep them; see the migrations for what each table is for. */
export interface RunRows {
  readonly runs: Run & {
    readonly state: RunState;
    readonly inDoubtPolicy: InDoubtPolicy | null;
    readonly isFirstPassDone: boolean;
    /** Null where its database was never restored. */
    readonly restored: RestoredRun | null;
    /** Up to this message its copies were named to the dispatcher since. */
    readonly restoredCheckpoint: string | null;
  };
  readonly preparations: {
    readonly tenantId: string;
    readonly id: string;
    readonly pins: RenderMessage['pins'];
    readonly messagesPerMinute: number | null;
  };
  readonly messages: {
    readonly tenantId: string;
    readonly id: string;
    readonly runId: string;
    readonly preparationId: string;
    readonly round: number;
    readonly copy: number;
    readonly revision: number;
    readonly state: MessageState;
    readonly reason: string | null;
    /** How many it carries. */
    readonly invoices: number;
    readonly hasAccepted: boolean;
    /** Of the copies before the newest one. */
    readonly earlierState: EarlierState | null;
    /** Of the newest copy, where an earlier one decides the message's state. */
    readonly own: OwnState | null;
    readonly nextTryAt: number | null;
    readonly updatedAt: number;
    readonly content: Pick<RenderMessage, 'customer' | 'recipients' | 'documents'>;
  };
  readonly results: {
    readonly tenantId: string;
    readonly id: string;
    readonly messageId: string;
    readonly invoiceId: string;
    readonly invoiceRevision: number;
    readonly skipReason: string | null;
  };
  readonly invoices: InvoiceSnapshot & { readonly tenantId: string; readonly isApproved: boolean };
  readonly customers: { readonly tenantId: string; readonly id: string; readonly isSuspended: boolean };
  readonly claims: {
    readonly tenantId: string;
    readonly invoiceId: string;
    readonly revision: number;
    readonly messageId: string;
    readonly copy: number;
  };
  readonly counters: Count & { readonly tenantId: string; readonly preparationId: string };
  readonly feeds: {
    readonly tenantId: string;
    readonly runId: string;
    readonly preparationId: string;
    readonly round: number;
    readonly position: string | null;
    /** How many may still be fed; null: all. */
    readonly messagesLeft: number | null;
    /** Where none may: rounds up to this one wait. */
    readonly heldRound: number | null;
    /** How far the others were fed meanwhile; all of them: as far as it goes. */
    readonly laterPosition: string | null;
    readonly pauseWhy: SelfPause | null;
  };
  readonly watches: {
    readonly tenantId: string;
    readonly messageId: string;
    readonly runId: string;
    readonly checkAt: number;
    readonly feeds: number;
  };
  readonly gates: {
    readonly tenantId: string;
    readonly runId: string;
    readonly mode: Mode;
    readonly round: number;
    readonly revision: number;
    readonly state: GateState;
    readonly confirmedRevision: number;
  };
  /** The copies before the newest one. */
  readonly copies: EarlierCopy & {
    readonly tenantId: string;
    readonly messageId: string;
    readonly round: number;
  };
  /** To whom a copy after the first one goes. */
  readonly copyRecipients: { readonly tenantId: string; readonly recipients: RenderMessage['recipients'] };
  /** Addresses that some copy reached. */
  readonly reached: { readonly tenantId: string; readonly messageId: string; readonly address: string };
  readonly rounds: {
    readonly tenantId: string;
    readonly runId: string;
    readonly round: number;
    readonly kind: RoundKind | 'first';
    readonly messageId: string | null;
    readonly checkpoint: string | null;
    readonly isOpen: boolean;
  };
  readonly lost: {
    readonly tenantId: string;
    readonly messageId: string;
    readonly runId: string;
    readonly copy: number;
  };
  readonly decisions: Omit<OpenDecision, 'copies'> & {
    readonly createdAt: number;
    readonly isDone: boolean;
  };
  readonly history: { readonly tenantId: string; readonly outcome: MessageOutcome };
  readonly work: WorkItem & { readonly kind: WorkKind };
}
