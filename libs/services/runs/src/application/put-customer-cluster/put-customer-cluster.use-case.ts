import { Injectable } from '@nestjs/common';
import type { CustomerCluster } from '@mailrun/contracts';
import { Database, recordAudit, type ActContext } from '@mailrun/platform-persistence';
import type { ClusterChange } from '../../domain/billing/cluster.js';
import { refusalOf, unknownCluster } from '../../domain/billing/refusals.js';
import { MergeClusters } from '../merge-clusters/merge-clusters.js';
import { BillingLocks } from '../ports/billing-locks.port.js';
import { CustomerClusterReads } from '../ports/customer-cluster-reads.port.js';

/** Makes, renames or moves a cluster with all below it. */
@Injectable()
export class PutCustomerCluster {
  constructor(
    private readonly database: Database,
    private readonly locks: BillingLocks,
    private readonly mergeClusters: MergeClusters,
    private readonly clusters: CustomerClusterReads,
  ) {}

  /** @param check throws when what is stored is not what the caller expects */
  execute(
    context: ActContext,
    change: ClusterChange,
    check: (stored: CustomerCluster | undefined) => void,
  ): Promise<CustomerCluster> {
    const { tenantId } = context;
    return this.database.inTenant(tenantId, async (tx) => {
      await this.locks.take(tx, tenantId, 'clusters');
      const before = await this.clusters.find(tx, tenantId, change.code);
      check(before);
      const [merge] = await this.mergeClusters.merge(tx, tenantId, [change]);
      if (merge?.outcome === 'waiting') {
        throw refusalOf([unknownCluster('/parentCode', change.parentCode ?? '')]);
      }
      if (merge?.outcome === 'refused') throw refusalOf(merge.faults);
      const after = (await this.clusters.find(tx, tenantId, change.code))!;
      if (merge?.outcome !== 'unchanged') {
        await recordAudit(tx, context, {
          action: `customer-cluster.${merge?.outcome}`,
          subject: `customer-cluster/${change.code}`,
          before,
          after,
        });
      }
      return after;
    });
  }
}
