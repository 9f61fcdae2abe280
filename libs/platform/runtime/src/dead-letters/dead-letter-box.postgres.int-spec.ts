import { replayedHeaders, type DeadLetter } from '@mailrun/platform-messaging';
import {
  Collected,
  deadLetterFor,
  describeDeadLetterBox,
  eventually,
} from '@mailrun/platform-messaging/testing';
import { createServiceDatabase, type ServiceTestDatabase } from '@mailrun/platform-persistence/testing';
import { PostgresDeadLetterBox } from './dead-letter-box.postgres.js';
import { PostgresDeadLetterStore } from './dead-letter-store.postgres.js';
import { ReplayWorker, type ReplayWorkerOptions } from './replay-worker.js';

const all = { topic: undefined };

describe('In a table,', () => {
  let service: ServiceTestDatabase;
  const workers = new Set<ReplayWorker>();
  beforeAll(async () => {
    service = await createServiceDatabase('runs', []);
  });
  afterAll(() => service.drop());

  const startWorker = (options: Partial<ReplayWorkerOptions>) => {
    const worker = new ReplayWorker({
      database: service.database,
      replay: async () => {},
      observer: { openDeadLetters: () => {} },
      log: () => {},
      lookMs: 10,
      ...options,
    });
    workers.add(worker);
  };
  const letters = (total: number) =>
    Array.from({ length: total }, (_, number) => deadLetterFor('note.v1', number));
  const clear = async () => {
    for (const worker of workers) worker.stop();
    workers.clear();
    await service.owner.query(`delete from ${service.schema}.dead_letters`);
  };

  describeDeadLetterBox('the dead letters of the embedded shape', async () => {
    const replayed: { key: string; headers: Record<string, string>; value: string }[] = [];
    startWorker({
      replay: async (some) => {
        for (const { key, headers, value } of some) {
          replayed.push({ key, value, headers: replayedHeaders(headers, new Date()) });
        }
      },
    });
    return {
      store: new PostgresDeadLetterStore(service.database),
      box: new PostgresDeadLetterBox(service.database),
      topics: ['memo.v1', 'note.v1'] as const,
      replayed: async () => replayed,
      close: clear,
    };
  });

  describe('the dead letters of the embedded shape', () => {
    let store: PostgresDeadLetterStore;
    let box: PostgresDeadLetterBox;
    beforeEach(() => {
      store = new PostgresDeadLetterStore(service.database);
      box = new PostgresDeadLetterBox(service.database, { patienceMs: 200 });
    });
    afterEach(clear);

    it('wait for their replay while Mailrun does not run', async () => {
      await store.add(letters(3));
      expect(await box.replay(all)).toEqual({ replayed: 0, waiting: 3, tooOld: 0 });
      expect((await box.list({ limit: 10 })).items.map(({ isWaiting }) => isWaiting)).toEqual([
        true,
        true,
        true,
      ]);
      const replayed = new Collected<DeadLetter>();
      startWorker({ replay: async (some) => replayed.add(...some) });
      await replayed.count(3);
      await eventually(async () => (await box.list({ limit: 1 })).items.length === 0);
    });

    it('stay until their record was handled, and come again after a kill', async () => {
      await store.add(letters(3));
      const begun = new Collected<DeadLetter>();
      startWorker({
        replay: (some) => {
          begun.add(...some);
          return new Promise(() => {});
        },
      });
      const asked = box.replay(all);
      await begun.count(3);
      expect(await asked).toEqual({ replayed: 0, waiting: 3, tooOld: 0 });
      const replayed = new Collected<DeadLetter>();
      startWorker({ replay: async (some) => replayed.add(...some) });
      await replayed.count(3);
      await eventually(async () => (await box.list({ limit: 1 })).items.length === 0);
    });

    it('are tried again when the bus is full', async () => {
      await store.add(letters(2));
      const replayed = new Collected<DeadLetter>();
      let isFull = true;
      startWorker({
        replay: async (some) => {
          if (isFull) {
            isFull = false;
            throw new Error('The queue is full.');
          }
          replayed.add(...some);
        },
      });
      await box.replay(all);
      await replayed.count(2);
    });

    it('of all tenants, and of none, are seen by operators, and by no other tenant', async () => {
      const [ofOne, ofOther, ofNobody] = letters(3) as [DeadLetter, DeadLetter, DeadLetter];
      const other = '01900000-0000-7000-8000-000000000002';
      await store.add([
        ofOne,
        { ...ofOther, headers: { ...ofOther.headers, 'tenant-id': other } },
        { ...ofNobody, headers: {} },
      ]);
      expect((await box.list({ limit: 10 })).items).toHaveLength(3);
      const seen = await service.database.inTenant(other, (tx) => tx.query('select key from dead_letters'));
      expect(seen).toEqual([{ key: ofOther.key }]);
    });

    it('are counted by topic, to zero, and go after seven days', async () => {
      await store.add([deadLetterFor('memo.v1', 1), ...letters(2)]);
      const counted = new Collected<string>();
      startWorker({
        countMs: 10,
        observer: { openDeadLetters: ({ topic, records }) => counted.add(`${topic} ${records}`) },
      });
      await counted.until((items) => items.includes('memo.v1 1') && items.includes('note.v1 2'));
      await service.owner.query(
        `update ${service.schema}.dead_letters set failed_at = now() - interval '8 days' where topic = 'note.v1'`,
      );
      await counted.until((items) => items.includes('note.v1 0'));
      expect((await box.list({ limit: 10 })).items.map(({ topic }) => topic)).toEqual(['memo.v1']);
    });

    it('are listed page by page and dropped at once also when there are many', async () => {
      await service.owner.query(
        `insert into ${service.schema}.dead_letters (tenant_id, topic, service, key, headers, value, family, code, detail, failed_at)
         select '01900000-0000-7000-8000-000000000001', 'note.v1', 'notes', 'k' || n, '{}', repeat('x', 1000), 'bug', 'bug', 'x', now()
         from generate_series(1, 20000) n`,
      );
      await store.add(letters(1));
      const page = await box.list({ limit: 500 });
      expect(page.items).toHaveLength(500);
      expect((await box.list({ limit: 500, after: page.next })).items[0]!.key).toBe('k501');
      expect(await box.drop(all)).toBe(20_001);
    });
  });
});
