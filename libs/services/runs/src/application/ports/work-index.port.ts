import type { Transaction } from '@mailrun/platform-persistence';

/**
 * `run`: running, paused or being stopped; `held`: ended with uncertain mails. The others name what is to be done:
 * `round`: copies are to be made, `decide`: a decision is to be carried out,
 * `restored`: its copies are to be named to the dispatcher after a restore.
 */
export type WorkKind = 'prepare' | 'run' | 'gate' | 'event' | 'round' | 'decide' | 'held' | 'restored';

export interface WorkItem {
  readonly runId: string;
  readonly tenantId: string;
  /** Of this entry: whoever did the work removes this one, and not what was added meanwhile. */
  readonly token: string;
}

/** Which runs of which tenants have something to do. Without content, so it may be read without a tenant. */
export abstract class WorkIndex {
  abstract list(kind: WorkKind): Promise<WorkItem[]>;
  /** In the transaction of the change that makes the work. */
  abstract add(tx: Transaction, kind: WorkKind, run: Pick<WorkItem, 'runId' | 'tenantId'>): Promise<void>;
  abstract remove(tx: Transaction, kind: WorkKind, runId: string): Promise<void>;
  /** Removes the entry unless it was added again since it was read. */
  abstract done(kind: WorkKind, item: WorkItem): Promise<void>;
}
