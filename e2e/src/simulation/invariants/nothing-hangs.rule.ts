import type { MessageState } from '@mailrun/contracts';
import { Rule } from './rule.js';

/** Something becomes of these by itself. An uncertain one is held for a decision: a repeat by policy is deferred. */
const open: ReadonlySet<MessageState> = new Set(['pending', 'queued', 'accepted', 'deferred']);

/** When faults have ceased, every message becomes final or is held for a decision, and its run ends. */
export class NothingHangs extends Rule {
  /** What is not at its end; undefined when all is. */
  static waiting({ tables, ledger }: Rule['scene']): string | undefined {
    for (const message of tables.table('messages').values()) {
      if (isNotStarted(tables.table('runs').get(message.runId)!)) continue;
      if (open.has(message.state)) return `${message.id} is ${message.state}`;
      const mail = ledger.rows.get(`${message.id}.${message.copy}`);
      if (mail !== undefined && message.state !== 'skipped' && mail.revision !== message.revision) {
        return `${message.id} is ${message.state}, and the dispatcher says ${mail.state}`;
      }
    }
    for (const run of tables.table('runs').values()) {
      const { id, state, endedAt } = run;
      if (!isNotStarted(run) && endedAt === null) return `run ${id} is ${state}`;
    }
    return undefined;
  }

  override atEnd(): void {
    const waiting = NothingHangs.waiting(this.scene);
    if (waiting !== undefined) this.broken(`${waiting}, and nothing happens any more.`);
  }
}

/** Or may have been before the database was restored, which is for people to see. */
const isNotStarted = ({ state }: { readonly state: string }): boolean =>
  state === 'prepared' || state === 'draft';
