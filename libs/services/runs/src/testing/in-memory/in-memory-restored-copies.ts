import { RestoredCopies, type RestoredChunk } from '../../application/ports/restored-copies.port.js';
import { memoryOf, type InMemoryDatabase, type InMemoryTransaction } from './in-memory-database.js';
import type { RunRows } from './run-rows.js';

type RunRef = { readonly runId: string; readonly tenantId: string };

export class InMemoryRestoredCopies extends RestoredCopies {
  constructor(private readonly database: InMemoryDatabase) {
    super();
  }

  override next({ runId, tenantId }: RunRef, limit: number): Promise<RestoredChunk | undefined> {
    return this.database.inTenant(tenantId, async (given) => {
      const tx = memoryOf(given);
      await tx.statement('restored-run');
      const { restored, restoredCheckpoint: checkpoint, preparationId, mode } = tx.row('runs', runId)!;
      if (restored === null) return undefined;
      await tx.statement('fed-copies');
      const messages = tx
        .rows('messages')
        .filter((message) => message.preparationId === preparationId)
        .filter(({ id }) => checkpoint === null || id > checkpoint)
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit);
      const last = messages.at(-1);
      if (last === undefined) return undefined;
      const fed = messages.flatMap((message) => fedCopies(tx, message, restored.round));
      const rounds = [...Map.groupBy(fed, ({ round }) => round)].map(([round, of]) => ({
        round,
        copies: of.map(({ messageId, copy }) => ({ messageId, copy })),
      }));
      const lastMessageId = last.id;
      return { runId, tenantId, mode: mode!, restoredTo: restored.to, rounds, checkpoint, lastMessageId };
    });
  }

  override async advance({ runId, tenantId, checkpoint, lastMessageId }: RestoredChunk): Promise<void> {
    await this.database.inTenant(tenantId, async (given) => {
      const tx = memoryOf(given);
      await tx.statement('advance-restored');
      await tx.update('runs', runId, (run) =>
        run.restoredCheckpoint === checkpoint ? { ...run, restoredCheckpoint: lastMessageId } : run,
      );
    });
  }
}

/** A stopped copy without a revision was never fed. */
function fedCopies(tx: InMemoryTransaction, message: RunRows['messages'], upTo: number) {
  const { id: messageId, copy, round, revision } = message;
  const { state } = message.own ?? message;
  const wasFed = state !== 'pending' && state !== 'skipped' && !(state === 'stopped' && revision === 0);
  const earlier = tx
    .rows('copies')
    .filter((one) => one.messageId === messageId && one.revision > 0)
    .map((one) => ({ messageId, copy: one.copy, round: one.round }));
  return [...(wasFed ? [{ messageId, copy, round }] : []), ...earlier].filter((one) => one.round <= upTo);
}
