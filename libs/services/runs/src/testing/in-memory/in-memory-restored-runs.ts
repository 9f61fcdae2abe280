import { RestoredRuns, type RestoredCounts } from '../../application/ports/restored-runs.port.js';
import { memoryOf, type InMemoryDatabase } from './in-memory-database.js';
import { InMemoryWorkIndex } from './in-memory-work-index.js';
import type { RunRows } from './run-rows.js';

export class InMemoryRestoredRuns extends RestoredRuns {
  private readonly work: InMemoryWorkIndex;

  constructor(private readonly database: InMemoryDatabase) {
    super();
    this.work = new InMemoryWorkIndex(database);
  }

  override mark(tenantId: string, restoredTo: Date): Promise<RestoredCounts> {
    return this.database.inTenant(tenantId, async (given) => {
      const tx = memoryOf(given);
      await tx.statement('mark-restored');
      const counts = { runs: 0, messages: 0, drafts: 0 };
      const rounds: { runId: string; round: number }[] = [];
      for (const { id: runId, state } of tx.rows('runs')) {
        if (state === 'prepared') {
          await tx.update('runs', runId, (run) => ({ ...run, state: 'draft', why: 'restored' }));
          counts.drafts += 1;
        } else if (isConcerned(tx.row('runs', runId)!, restoredTo)) {
          const gates = tx.rows('gates').filter((gate) => gate.runId === runId);
          const restored = {
            to: restoredTo.toISOString(),
            round: Math.max(...gates.map(({ round }) => round)),
          };
          await tx.update('runs', runId, (run) => ({ ...run, restored, restoredCheckpoint: null }));
          rounds.push({ runId, round: restored.round });
          await this.work.add(tx, 'restored', { runId, tenantId });
          counts.runs += 1;
          counts.messages += openMessages(tx.counters(tx.row('runs', runId)!.preparationId!));
        }
      }
      return { ...counts, rounds };
    });
  }
}

/** What was under way, also when outcomes that were still on the bus have ended it since. */
const isConcerned = ({ state, endedAt }: RunRows['runs'], restoredTo: Date): boolean =>
  state === 'running' ||
  state === 'paused' ||
  (state === 'stopped' && endedAt === null) ||
  (endedAt !== null && endedAt >= restoredTo);

const openMessages = (counters: readonly RunRows['counters'][]): number =>
  counters
    .filter(({ unit, status }) => unit === 'messages' && (status === 'pending' || status === 'queued'))
    .reduce((sum, { count }) => sum + count, 0);
