import { Injectable } from '@nestjs/common';
import type { CustomerCluster } from '@mailrun/contracts';
import { Database, recordAudit, type ActContext } from '@mailrun/platform-persistence';
import { clusterNotEmpty, clusterNotFound } from '../../domain/billing/refusals.js';
import { BillingLocks } from '../ports/billing-locks.port.js';
import { CustomerClusterReads } from '../ports/customer-cluster-reads.port.js';
import { CustomerClusterStore } from '../ports/customer-cluster-store.port.js';

/** Removes a cluster with nothing below it. */
@Injectable()
export class DeleteCustomerCluster {
  constructor(
    private readonly database: Database,
    private readonly locks: BillingLocks,
    private readonly clusters: CustomerClusterStore,
    private readonly reads: CustomerClusterReads,
  ) {}

  /** @param check throws when what is stored is not what the caller expects */
  execute(context: ActContext, code: string, check: (stored: CustomerCluster) => void): Promise<void> {
    const { tenantId } = context;
    return this.database.inTenant(tenantId, async (tx) => {
      // Customers' writers hold this lock too, so that no customer comes in between question and removal.
      await this.locks.take(tx, tenantId, 'clusters');
      await this.locks.take(tx, tenantId, 'customers');
      const before = await this.reads.find(tx, tenantId, code);
      if (before === undefined) throw clusterNotFound(code);
      check(before);
      if (!(await this.clusters.isEmpty(tx, tenantId, code))) throw clusterNotEmpty(code);
      await this.clusters.remove(tx, tenantId, code);
      await recordAudit(tx, context, {
        action: 'customer-cluster.removed',
        subject: `customer-cluster/${code}`,
        before,
      });
    });
  }
}
