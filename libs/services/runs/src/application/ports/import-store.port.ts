import type { ImportKind } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';

export interface ImportCounts {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly refused: number;
}

export interface ImportRefusal {
  /** Counted from 1. */
  readonly line: number;
  /** Of several faults of one line, from 0. */
  readonly position: number;
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

export abstract class ImportStore {
  /** A running import; returns its id. */
  abstract begin(tx: Transaction, tenantId: string, kind: ImportKind): Promise<string>;

  /** Adds counts and refusals, and says that the import is alive. */
  abstract add(
    tx: Transaction,
    tenantId: string,
    importId: string,
    counts: ImportCounts,
    refusals: readonly ImportRefusal[],
  ): Promise<void>;

  abstract end(
    tx: Transaction,
    tenantId: string,
    importId: string,
    state: 'completed' | 'interrupted',
  ): Promise<void>;
}
