import type { Customer } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';

export interface CustomerFilter {
  readonly clusterCode?: string | undefined;
  /** With `clusterCode`: of all clusters below it too. */
  readonly withDescendants?: boolean;
  readonly suspended?: boolean | undefined;
  /** A part of the code or the name, or a whole address; case does not count. */
  readonly search?: string | undefined;
}

/** Customers as they are answered. */
export abstract class CustomerReads {
  abstract find(tx: Transaction, tenantId: string, code: string): Promise<Customer | undefined>;

  /** By code, after the code `after`; one more than `limit` when there are more. */
  abstract list(
    tx: Transaction,
    tenantId: string,
    page: { readonly limit: number; readonly after: string | undefined; readonly filter: CustomerFilter },
  ): Promise<Customer[]>;
}
