import { Injectable } from '@nestjs/common';
import type { Transaction } from '@mailrun/platform-persistence';
import { mergeCluster, type Cluster, type ClusterChange } from '../../domain/billing/cluster.js';
import { ClusterTree } from '../../domain/billing/cluster-tree.js';
import { refused, type Merge } from '../../domain/billing/merge.js';
import { clusterCycle } from '../../domain/billing/refusals.js';
import { uuidV7 } from '../../domain/uuid-v7.js';
import { BillingLocks } from '../ports/billing-locks.port.js';
import { CustomerClusterStore } from '../ports/customer-cluster-store.port.js';

/** `waiting`: its parent, or an earlier change of the same cluster, is not there yet. */
export type ClusterMerge = Merge<Cluster> | { readonly outcome: 'waiting' };

interface Entry {
  readonly id: string;
  readonly isNew: boolean;
  value: Cluster;
}

/** Merges changes of clusters into what is stored, in their order, in a few statements. */
@Injectable()
export class MergeClusters {
  constructor(
    private readonly locks: BillingLocks,
    private readonly clusters: CustomerClusterStore,
  ) {}

  /** @param waiting codes with a change that waits for its parent; grows by those that have to wait now */
  async merge(
    tx: Transaction,
    tenantId: string,
    changes: readonly ClusterChange[],
    waiting = new Set<string>(),
  ): Promise<ClusterMerge[]> {
    await this.locks.take(tx, tenantId, 'clusters');
    const codes = changes.flatMap(({ code, parentCode }) =>
      parentCode == null ? [code] : [code, parentCode],
    );
    const entries = new Map<string, Entry>();
    const tree = new ClusterTree();
    for (const { id, ...value } of await this.clusters.findWithAncestors(tx, tenantId, codes)) {
      entries.set(value.code, { id, isNew: false, value });
      tree.place(value.code, value.parentCode);
    }
    const changed = new Set<Entry>();
    const merges = changes.map((change): ClusterMerge => {
      const { code, parentCode } = change;
      if (parentCode != null && tree.wouldBeCycle(code, parentCode)) {
        return refused(clusterCycle(code, parentCode));
      }
      if (waiting.has(code) || (parentCode != null && !tree.has(parentCode))) {
        waiting.add(code);
        return { outcome: 'waiting' };
      }
      const entry = entries.get(code);
      const merge = mergeCluster(entry?.value, change);
      if (merge.outcome === 'created' || merge.outcome === 'updated') {
        const written = entry ?? { id: uuidV7(), isNew: true, value: merge.value };
        written.value = merge.value;
        entries.set(code, written);
        tree.place(code, merge.value.parentCode);
        changed.add(written);
      }
      return merge;
    });
    const writes = [...changed].map(({ id, isNew, value: { code, name, parentCode } }) => {
      const parentId = parentCode === null ? null : entries.get(parentCode)!.id;
      return { isNew, id, code, name, parentId };
    });
    await this.clusters.insert(
      tx,
      tenantId,
      writes.filter(({ isNew }) => isNew),
    );
    await this.clusters.update(
      tx,
      tenantId,
      writes.filter(({ isNew }) => !isNew),
    );
    return merges;
  }
}
