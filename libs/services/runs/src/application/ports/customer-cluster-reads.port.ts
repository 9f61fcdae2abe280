import type { CustomerCluster } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';

/** Clusters as they are answered. */
export abstract class CustomerClusterReads {
  abstract find(tx: Transaction, tenantId: string, code: string): Promise<CustomerCluster | undefined>;

  /** By code, after the code `after`; one more than `limit` when there are more. */
  abstract list(
    tx: Transaction,
    tenantId: string,
    page: {
      readonly limit: number;
      readonly after: string | undefined;
      readonly parentCode: string | undefined;
    },
  ): Promise<CustomerCluster[]>;
}
