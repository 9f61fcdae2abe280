import type { BlobRef, MakeDocuments, Mode, SkipReason } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import type { PreparedDefinition } from '../../domain/runs/preparation.js';
import type { Run, Selection } from '../../domain/runs/run.js';

export type PreparationStep = 'clear' | 'select' | 'documents' | 'judge' | 'done';

/** A preparation, with its run, as a worker needs it. */
export interface Preparation {
  readonly id: string;
  readonly tenantId: string;
  readonly runId: string;
  /** The one whose rows it replaces. */
  readonly replaces: string | null;
  readonly step: PreparationStep;
  /** The last chunk that the step has done. */
  readonly checkpoint: number;
  readonly chunks: number;
  readonly mode: Mode;
  readonly definition: PreparedDefinition;
  readonly pins: BlobRef;
  readonly maxSizeBytes: number | null;
  readonly selection: Selection;
  readonly sendAgain: boolean;
}

export interface NewPreparation {
  readonly mode: Mode;
  readonly definition: PreparedDefinition;
  readonly pins: BlobRef;
  readonly messagesPerMinute: number | null;
  readonly maxSizeBytes: number | null;
}

export interface Selected {
  readonly lookedAt: number;
  readonly chunks: number;
}

/** One group of a judged chunk; `reason` '' is what goes out. */
export interface Judged {
  readonly reason: SkipReason | '';
  readonly invoices: number;
  readonly messages: number;
}

/** An answer of the renderer, as it is kept. */
export interface DocumentAnswer {
  readonly tenantId: string;
  readonly documentId: string;
  readonly made?: {
    readonly content: BlobRef;
    readonly contentType: string;
    readonly fileName: string;
  };
  readonly failure?: object;
}

/**
 * The rows of a preparation. A worker takes one piece of it at a time, each its own transaction, in which it holds the
 * lock of the preparation: so two replicas never do the same piece, and a killed one leaves nothing half done.
 */
export abstract class PreparationStore {
  /** In the transaction of the act. */
  abstract insert(tx: Transaction, run: Run, preparation: NewPreparation): Promise<string>;

  /** Runs the work with the preparation locked. `busy`: another worker has it. `gone`: there is nothing to prepare. */
  abstract withPiece<Result>(
    run: { readonly runId: string; readonly tenantId: string },
    work: (tx: Transaction, preparation: Preparation) => Promise<Result>,
  ): Promise<Result | 'busy' | 'gone'>;

  abstract moveTo(tx: Transaction, preparation: Preparation, step: PreparationStep): Promise<void>;
  abstract checkpoint(tx: Transaction, preparation: Preparation, chunk: number): Promise<void>;

  /** Removes a part of the rows of an earlier preparation. @returns whether there may be more */
  abstract clear(tx: Transaction, preparationId: string): Promise<boolean>;

  /** Fixes the invoices looked at, with their revisions, and counts what is not looked at. */
  abstract select(tx: Transaction, preparation: Preparation): Promise<Selected>;

  /** Orders the documents of a chunk that are missing, or were made from something else than what is there now. */
  abstract orderDocuments(tx: Transaction, preparation: Preparation, chunk: number): Promise<void>;

  /** Marks orders as asked and answers them: waiting ones, and those without an answer for too long. */
  abstract takeOrders(
    tx: Transaction,
    preparation: Preparation,
    mostUnanswered: number,
  ): Promise<{ readonly orders: MakeDocuments[]; readonly unanswered: number }>;

  /**
   * Runs the work with the next chunk that is not judged, locked and marked. Several workers judge chunks of one
   * preparation at the same time. `none`: all are judged, or others have what is left.
   */
  abstract withChunk(
    run: { readonly runId: string; readonly tenantId: string },
    work: (tx: Transaction, preparation: Preparation, chunk: number) => Promise<void>,
  ): Promise<'done' | 'none'>;

  /** How many chunks are not judged yet. */
  abstract unjudged(tx: Transaction, preparation: Preparation): Promise<number>;

  /** Judges a chunk and makes its rows and counters. */
  abstract judge(tx: Transaction, preparation: Preparation, chunk: number): Promise<Judged[]>;

  /** Ends the preparation and removes what only it needed. */
  abstract finish(tx: Transaction, preparation: Preparation): Promise<void>;

  /** Ends a preparation that can't go on, and runs the work in the same transaction. Nothing when it ended by itself. */
  abstract abandon(
    run: { readonly runId: string; readonly tenantId: string },
    work: (tx: Transaction) => Promise<void>,
  ): Promise<void>;

  /** Keeps answers; replayed ones change nothing. @returns the runs whose orders were answered */
  abstract applyAnswers(answers: readonly DocumentAnswer[]): Promise<number>;
}
