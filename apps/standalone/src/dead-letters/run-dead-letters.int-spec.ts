import { PostgresDeadLetterBox, PostgresDeadLetterStore, ReplayWorker } from '@mailrun/platform-runtime';
import { deadLetterFor } from '@mailrun/platform-messaging/testing';
import { createServiceDatabase, type ServiceTestDatabase } from '@mailrun/platform-persistence/testing';
import { parseDeadLetters } from './request.js';
import { runDeadLetters } from './run-dead-letters.js';

describe('mailrun dead-letters', () => {
  let service: ServiceTestDatabase;
  let store: PostgresDeadLetterStore;
  beforeAll(async () => {
    service = await createServiceDatabase('runs', []);
    store = new PostgresDeadLetterStore(service.database);
  });
  afterAll(() => service.drop());
  afterEach(() => service.owner.query(`delete from ${service.schema}.dead_letters`));

  const type = async (line: string) => {
    const out: string[] = [];
    const notes: string[] = [];
    const box = new PostgresDeadLetterBox(service.database, { patienceMs: 300 });
    const terminal = { out: (text: string) => out.push(text), note: (text: string) => notes.push(text) };
    const code = await runDeadLetters(parseDeadLetters(line.split(' ')), box, terminal);
    return { code, out: out.join('\n'), notes: notes.join('\n') };
  };
  const json = async (line: string) => JSON.parse((await type(`${line} --json`)).out) as never;
  const idOf = async (index = 0): Promise<string> => {
    const page: { items: { id: string }[] } = await json('list');
    return page.items[index]!.id;
  };
  const secret = 'jane.doe@customer.example';
  const dead = () =>
    deadLetterFor('render-message.v1', 1, { value: JSON.stringify({ address: secret }), tries: 3 });

  it('says that there are none', async () => {
    expect(await type('list')).toMatchObject({ code: 0, out: 'No open dead letters.' });
    expect(await json('list')).toEqual({ items: [], next: null });
    expect(await type('replay --all')).toMatchObject({ code: 0, out: 'Replayed 0.' });
    expect(await type('drop --all --yes')).toMatchObject({ code: 0, out: 'Dropped 0.' });
    for (const line of ['show x/1', 'replay x/1', 'drop x/1 --yes']) {
      expect(await type(line)).toEqual({ code: 1, out: '', notes: 'There is no open dead letter x/1.' });
    }
  });

  it('lists who gave up what and why', async () => {
    await store.add([dead()]);
    const { out } = await type('list');
    expect(out).toMatch(
      /^render-message\.v1\/\d+ {2}\S+ {2}notes {2}refusal notes\.refused, tried 3 times\n/,
    );
    expect(out).toContain('Refused.');
    expect(await json('list')).toMatchObject({
      items: [
        {
          topic: 'render-message.v1',
          service: 'notes',
          family: 'refusal',
          code: 'notes.refused',
          detail: 'Refused.',
          tries: 3,
          replays: 0,
          isWaiting: false,
          tenantId: dead().headers['tenant-id'],
          runId: null,
        },
      ],
      next: null,
    });
  });

  it('shows a body only when it is asked for', async () => {
    await store.add([dead()]);
    const id = await idOf();
    for (const line of ['list', 'list --json', `show ${id}`, `show ${id} --json`]) {
      expect((await type(line)).out).not.toContain(secret);
    }
    const { out } = await type(`show ${id}`);
    expect(out).toContain('retry failed');
    expect(out).toContain('--content');
    expect((await type(`show ${id} --content`)).out).toContain(secret);
    expect(await json(`show ${id} --content`)).toMatchObject({ id, body: dead().value });
  });

  it('goes through pages', async () => {
    for (let number = 0; number < 3; number += 1) await store.add([deadLetterFor('run-event.v1', number)]);
    const first = await type('list --limit 2');
    const [, after] = /list --after (\S+)$/.exec(first.out) ?? [];
    expect((await type(`list --limit 2 --after ${after}`)).out).not.toContain('There are more');
  });

  it('prints nothing that a terminal acts upon', async () => {
    const hostile = '\u001b]0;owned\u0007\u001b[2J\u202e\r\nrender';
    await store.add([
      deadLetterFor('render-message.v1', 1, {
        key: hostile,
        value: hostile,
        headers: { mode: hostile, [hostile]: 'x' },
        reason: { family: 'bug', code: hostile, detail: hostile },
      }),
    ]);
    const id = await idOf();
    for (const line of ['list', 'list --json', `show ${id} --content`, `show ${id} --content --json`]) {
      const { out } = await type(line);
      expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });

  it('replays in the process that runs, and says what waits for it', async () => {
    await store.add([dead()]);
    expect(await type('replay --all')).toMatchObject({
      code: 0,
      out: 'Replayed 0.\n1 wait for it: they are replayed as soon as Mailrun runs.',
    });
    expect((await type('list')).out).toContain('waits for its replay');
    const worker = new ReplayWorker({
      database: service.database,
      replay: async () => {},
      observer: { openDeadLetters: () => {} },
      log: () => {},
      lookMs: 10,
    });
    await store.add([deadLetterFor('run-event.v1', 2)]);
    expect((await type('replay --all')).out).toMatch(/^Replayed [12]\.$/);
    worker.stop();
    expect((await type('list')).out).toBe('No open dead letters.');
  });

  it('says what is too old, and what to do with it', async () => {
    const letter = dead();
    await store.add([
      { ...letter, headers: { ...letter.headers, 'produced-at': '2025-01-01T00:00:00.000Z' } },
    ]);
    const { code, out } = await type('replay --all');
    expect(code).toBe(1);
    expect(out).toContain('1 are too old');
    expect(await type(`drop ${await idOf()} --yes`)).toMatchObject({ code: 0, out: 'Dropped 1.' });
  });
});
