import { GateStore, type UntoldGate } from '../../application/ports/gate-store.port.js';
import { memoryOf, type InMemoryDatabase } from './in-memory-database.js';

export class InMemoryGateStore extends GateStore {
  constructor(private readonly database: InMemoryDatabase) {
    super();
  }

  override untold(run: { readonly runId: string; readonly tenantId: string }): Promise<UntoldGate[]> {
    return this.database.inTenant(run.tenantId, async (given) => {
      const tx = memoryOf(given);
      await tx.statement('untold-gates');
      return tx
        .rows('gates')
        .filter(
          ({ runId, revision, confirmedRevision }) => runId === run.runId && confirmedRevision < revision,
        )
        .toSorted((a, b) => a.round - b.round)
        .map(({ confirmedRevision: _, ...gate }) => gate);
    });
  }

  override async confirm({ tenantId, runId, round, revision }: UntoldGate): Promise<void> {
    await this.database.inTenant(tenantId, async (given) => {
      const tx = memoryOf(given);
      await tx.statement('confirm-gate');
      await tx.update('gates', `${runId}.${round}`, (gate) =>
        gate.confirmedRevision < revision ? { ...gate, confirmedRevision: revision } : gate,
      );
    });
  }
}
