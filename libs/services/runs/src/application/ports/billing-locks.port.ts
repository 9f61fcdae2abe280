import type { Transaction } from '@mailrun/platform-persistence';

export type BillingKind = 'clusters' | 'customers' | 'invoices';

/**
 * One writer of a tenant's clusters, customers or invoices at a time, until the transaction ends: what a batch has
 * read stays true while it merges, so nothing is tried again and two moves at once can't tie the tree into a cycle.
 */
export abstract class BillingLocks {
  abstract take(tx: Transaction, tenantId: string, kind: BillingKind): Promise<void>;
}
