import { Outage } from '@mailrun/platform-errors';
import type { PreparationStore } from '../ports/preparation-store.port.js';
import type { RunStore } from '../ports/run-store.port.js';
import type { WorkIndex } from '../ports/work-index.port.js';
import { WorkSignals } from '../work-signals.js';
import type { Advance, AdvancePreparation } from './advance-preparation.use-case.js';
import { AdvancePreparations } from './advance-preparations.use-case.js';

describe('advancing all preparations', () => {
  let advances: Map<string, () => Advance>;
  let abandoned: string[];
  let all: AdvancePreparations;
  const bug = new Error('a bug');
  const fails = (error: Error) => () => {
    throw error;
  };

  beforeEach(() => {
    advances = new Map();
    abandoned = [];
    const advance = ({ runId }: { runId: string }) => Promise.resolve().then(advances.get(runId));
    const abandon = ({ runId }: { runId: string }) => {
      abandoned.push(runId);
      return Promise.resolve();
    };
    const list = () => Promise.resolve([...advances.keys()].map((runId) => ({ runId, tenantId: 't' })));
    all = new AdvancePreparations(
      { advance } as unknown as AdvancePreparation,
      { abandon } as unknown as PreparationStore,
      {} as RunStore,
      { list } as unknown as WorkIndex,
      new WorkSignals(),
    );
  });

  it('lets others go on beside one that fails, and tells of the failure', async () => {
    const turns: string[] = [];
    advances.set('broken', fails(bug));
    advances.set('sound', () => (turns.push('sound'), 'again'));
    await expect(all.advanceAll()).rejects.toBe(bug);
    expect(turns).toEqual(['sound']);
  });

  it('gives one up after five failures in a row', async () => {
    advances.set('broken', fails(bug));
    for (let tries = 1; tries <= 4; tries += 1) await expect(all.advanceAll()).rejects.toBe(bug);
    expect(abandoned).toEqual([]);
    await expect(all.advanceAll()).rejects.toBe(bug);
    expect(abandoned).toEqual(['broken']);
  });

  it('forgets failures that were followed by a success', async () => {
    for (let round = 0; round < 3; round += 1) {
      advances.set('run', fails(bug));
      for (let tries = 0; tries < 4; tries += 1) await expect(all.advanceAll()).rejects.toBe(bug);
      advances.set('run', () => 'wait');
      expect(await all.advanceAll()).toBe(false);
    }
    expect(abandoned).toEqual([]);
  });

  it('gives nothing up for an outage, however long it lasts', async () => {
    const outage = new Outage('database.away', 'It is away.');
    advances.set('run', fails(outage));
    for (let tries = 0; tries < 20; tries += 1) await expect(all.advanceAll()).rejects.toBe(outage);
    expect(abandoned).toEqual([]);
  });
});
