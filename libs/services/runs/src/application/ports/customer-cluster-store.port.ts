import type { Transaction } from '@mailrun/platform-persistence';
import type { Cluster } from '../../domain/billing/cluster.js';

export interface StoredCluster extends Cluster {
  readonly id: string;
}

export interface ClusterWrite {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly parentId: string | null;
}

export abstract class CustomerClusterStore {
  /** The clusters with these codes and all above them. */
  abstract findWithAncestors(
    tx: Transaction,
    tenantId: string,
    codes: readonly string[],
  ): Promise<StoredCluster[]>;

  /** Ids by code, kept from being removed until the transaction ends. */
  abstract findIds(
    tx: Transaction,
    tenantId: string,
    codes: readonly string[],
  ): Promise<ReadonlyMap<string, string>>;

  /** New ones may name each other as parents. */
  abstract insert(tx: Transaction, tenantId: string, clusters: readonly ClusterWrite[]): Promise<void>;
  abstract update(tx: Transaction, tenantId: string, clusters: readonly ClusterWrite[]): Promise<void>;
  abstract isEmpty(tx: Transaction, tenantId: string, code: string): Promise<boolean>;
  abstract remove(tx: Transaction, tenantId: string, code: string): Promise<void>;
}
