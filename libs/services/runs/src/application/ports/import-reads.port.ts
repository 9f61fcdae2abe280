import type { Import } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';

export type ImportRefusalItem = Import['refusals'][number] & { readonly position: number };

/** Imports as they are answered. One that said nothing for a minute is `interrupted`: its process is gone. */
export abstract class ImportReads {
  /** Newest first, from before `before` on. */
  abstract list(
    tx: Transaction,
    tenantId: string,
    limit: number,
    before?: string,
  ): Promise<Omit<Import, 'refusals'>[]>;

  abstract find(tx: Transaction, tenantId: string, id: string): Promise<Import | undefined>;

  /** By line and position, after those of `after`; one more than `limit` when there are more. */
  abstract listRefusals(
    tx: Transaction,
    tenantId: string,
    id: string,
    page: { readonly limit: number; readonly after: readonly [line: number, position: number] | undefined },
  ): Promise<ImportRefusalItem[]>;
}
