import { contentFaults } from './json-content.js';
import { mergedInto, refused, required, type Merge } from './merge.js';

/** A node in the tenant's tree of customers. Its code never changes. */
export interface Cluster {
  readonly code: string;
  readonly name: string;
  /** Null at the top. */
  readonly parentCode: string | null;
}

/** A missing field stays as it is; a parent of null moves to the top. */
export interface ClusterChange {
  readonly code: string;
  readonly name?: string | undefined;
  readonly parentCode?: string | null | undefined;
}

/** The cluster after a change; whether its parent is right is the tree's question. */
export function mergeCluster(stored: Cluster | undefined, change: ClusterChange): Merge<Cluster> {
  const faults = contentFaults(change);
  if (faults.length > 0) return refused(...faults);
  const name = change.name ?? stored?.name;
  if (name === undefined) return refused(required('name'));
  const parentCode = change.parentCode === undefined ? (stored?.parentCode ?? null) : change.parentCode;
  return mergedInto(
    stored,
    { code: change.code, name, parentCode },
    (a, b) => a.name === b.name && a.parentCode === b.parentCode,
  );
}
