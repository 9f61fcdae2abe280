import type { DeadLetterBox } from '../port/dead-letter-box.port.js';
import type { DeadLetter, DeadLetterStore } from '../port/dead-letter-store.port.js';

/** One installation of dead letters, with two message types. */
export interface DeadLetterBoxHarness {
  readonly store: DeadLetterStore;
  readonly box: DeadLetterBox;
  /** Names of two topics, the first one first in lists. */
  readonly topics: readonly [string, string];
  /** What was published again so far, in the order of each topic. */
  replayed(): Promise<
    readonly {
      readonly key: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly value: string;
    }[]
  >;
  close(): Promise<void>;
}

const tenantId = '01900000-0000-7000-8000-000000000001';
const anHourAgo = () => new Date(Date.now() - 3_600_000).toISOString();

/** A dead letter, numbered in its value. */
export const deadLetterFor = (topic: string, number: number, more: Partial<DeadLetter> = {}): DeadLetter => ({
  topic,
  service: 'notes',
  key: `thread-${number}`,
  headers: {
    'message-type': topic,
    'tenant-id': tenantId,
    mode: 'live',
    'produced-at': anHourAgo(),
    'fed-at': anHourAgo(),
  },
  value: JSON.stringify({ thread: `thread-${number}`, number }),
  reason: { family: 'refusal', code: 'notes.refused', detail: 'Refused.' },
  tries: 1,
  failedAt: new Date().toISOString(),
  ...more,
});

/** What people can do with dead letters. Runs against Kafka's topics and PostgreSQL's table. */
export function describeDeadLetterBox(name: string, open: () => Promise<DeadLetterBoxHarness>): void {
  describe(name, () => {
    let harness: DeadLetterBoxHarness;
    beforeEach(async () => {
      harness = await open();
    }, 60_000);
    afterEach(() => harness.close(), 30_000);

    const letters = (topic: string, total: number) =>
      Array.from({ length: total }, (_, number) => deadLetterFor(topic, number));
    const keysOf = (list: readonly { readonly key: string }[]) => list.map(({ key }) => key);
    const openKeys = async (topic?: string) => keysOf((await harness.box.list({ limit: 500, topic })).items);
    const threads = (...numbers: number[]) => numbers.map((number) => `thread-${number}`);
    const all = { topic: undefined };

    it('is empty at first, and nothing of it can be shown, replayed or dropped', async () => {
      const { box, topics } = harness;
      expect(await box.list({ limit: 10 })).toEqual({ items: [], next: undefined });
      for (const id of [
        `${topics[0]}/0/0`,
        `${topics[0]}/7/0`,
        `${topics[0]}/x`,
        '',
        'nothing',
        '/',
        '../..',
      ]) {
        expect(await box.find(id)).toBeUndefined();
        expect(await box.replay({ id })).toEqual({ replayed: 0, waiting: 0, tooOld: 0 });
        expect(await box.drop({ id })).toBe(0);
      }
      expect(await box.replay(all)).toEqual({ replayed: 0, waiting: 0, tooOld: 0 });
      expect(await box.drop(all)).toBe(0);
    });

    it('shows who gave a record up, why and after how many tries, and its body only when asked for one', async () => {
      const { box, store, topics } = harness;
      const letter = deadLetterFor(topics[0], 1, {
        reason: { family: 'bug', code: 'bug', detail: 'TypeError: x is not a function' },
        tries: 3,
      });
      await store.add([letter]);
      const [listed] = (await box.list({ limit: 10 })).items;
      const { value, ...rest } = letter;
      expect(listed).toMatchObject({ ...rest, replays: 0, isWaiting: false, sizeBytes: value.length });
      expect(listed).not.toHaveProperty('value');
      expect(listed!.id.startsWith(`${topics[0]}/`)).toBe(true);
      expect(await box.find(listed!.id)).toEqual({ ...listed, value });
    });

    it('is listed in pages, by topic and then oldest first', async () => {
      const { box, store, topics } = harness;
      for (const letter of letters(topics[1], 3)) await store.add([letter]);
      for (const letter of letters(topics[0], 4)) await store.add([letter]);
      const seen: string[] = [];
      const sizes: number[] = [];
      let after: string | undefined;
      do {
        const page = await box.list({ limit: 3, after });
        seen.push(...page.items.map(({ topic, key }) => `${topic} ${key}`));
        sizes.push(page.items.length);
        after = page.next;
      } while (after !== undefined);
      expect(sizes).toEqual([3, 3, 1]);
      expect(seen).toEqual([
        ...threads(0, 1, 2, 3).map((key) => `${topics[0]} ${key}`),
        ...threads(0, 1, 2).map((key) => `${topics[1]} ${key}`),
      ]);
      expect(await openKeys(topics[1])).toEqual(threads(0, 1, 2));
      expect(await openKeys('unknown.v1')).toEqual([]);
    });

    it('goes on with the next page, whatever became of the letter that ended the last one', async () => {
      const { box, store, topics } = harness;
      for (const letter of letters(topics[0], 5)) await store.add([letter]);
      const first = await box.list({ limit: 2 });
      await box.drop({ id: first.next! });
      const second = await box.list({ limit: 2, after: first.next });
      expect(keysOf(second.items)).toEqual(threads(2, 3));
    });

    it('publishes a replayed record as it was, newly fed, and forgets the letter', async () => {
      const { box, store, topics } = harness;
      const letter = deadLetterFor(topics[0], 1);
      const before = new Date().toISOString();
      await store.add([letter]);
      const { id } = (await box.list({ limit: 1 })).items[0]!;
      expect(await box.replay({ id })).toEqual({ replayed: 1, waiting: 0, tooOld: 0 });
      const [record] = await harness.replayed();
      expect(record).toMatchObject({ key: letter.key, value: letter.value });
      const { 'fed-at': fedAt, ...headers } = record!.headers;
      const { 'fed-at': _, ...original } = letter.headers;
      expect(headers).toEqual({ ...original, replays: '1' });
      expect(fedAt! >= before).toBe(true);
      expect(await openKeys()).toEqual([]);
      expect(await box.find(id)).toBeUndefined();
      expect(await box.replay({ id })).toEqual({ replayed: 0, waiting: 0, tooOld: 0 });
      expect(await harness.replayed()).toHaveLength(1);
    });

    it('handles single letters in any order, and leaves the others open', async () => {
      const { box, store, topics } = harness;
      for (const letter of letters(topics[0], 6)) await store.add([letter]);
      const ids = (await box.list({ limit: 6 })).items.map(({ id }) => id);
      expect(await box.drop({ id: ids[4]! })).toBe(1);
      expect(await box.drop({ id: ids[4]! })).toBe(0);
      expect(await openKeys()).toEqual(threads(0, 1, 2, 3, 5));
      await box.replay({ id: ids[1]! });
      expect(await openKeys()).toEqual(threads(0, 2, 3, 5));
      await box.replay({ id: ids[0]! });
      expect(await openKeys()).toEqual(threads(2, 3, 5));
      await box.replay({ topic: topics[0] });
      expect(await openKeys()).toEqual([]);
      expect(keysOf(await harness.replayed()).sort()).toEqual(threads(0, 1, 2, 3, 5));
      await store.add([deadLetterFor(topics[0], 9)]);
      expect(await openKeys()).toEqual(threads(9));
    });

    it('replays or drops all of one topic, and tells how far it is', async () => {
      const { box, store, topics } = harness;
      await store.add(letters(topics[0], 3));
      await store.add(letters(topics[1], 4));
      const progress: number[] = [];
      const result = await box.replay({ topic: topics[1] }, (done) => progress.push(done));
      expect(result).toEqual({ replayed: 4, waiting: 0, tooOld: 0 });
      expect(progress.at(-1)).toBe(4);
      expect(await openKeys()).toEqual(threads(0, 1, 2));
      expect(await box.drop({ topic: topics[1] })).toBe(0);
      expect(await box.drop(all)).toBe(3);
      expect(await openKeys()).toEqual([]);
    });

    it('replays nothing that is older than three days, and says so', async () => {
      const { box, store, topics } = harness;
      const old = new Date(Date.now() - 73 * 3_600_000).toISOString();
      const letter = deadLetterFor(topics[0], 1);
      const later = deadLetterFor(topics[0], 2);
      await store.add([{ ...letter, headers: { ...letter.headers, 'produced-at': old } }, later]);
      expect(await box.replay(all)).toEqual({ replayed: 1, waiting: 0, tooOld: 1 });
      const [open] = (await box.list({ limit: 10 })).items;
      expect(open).toMatchObject({ key: 'thread-1' });
      expect(await box.replay({ id: open!.id })).toEqual({ replayed: 0, waiting: 0, tooOld: 1 });
      expect(await box.drop({ id: open!.id })).toBe(1);
      expect(await openKeys()).toEqual([]);
    });

    it('counts the replays of a record that dies again', async () => {
      const { box, store, topics } = harness;
      await store.add([deadLetterFor(topics[0], 1)]);
      await box.replay(all);
      const [record] = await harness.replayed();
      await store.add([deadLetterFor(topics[0], 1, { headers: record!.headers })]);
      expect((await box.list({ limit: 1 })).items[0]).toMatchObject({ replays: 1 });
    });

    it('lets two people replay the same letters at once, and loses none', async () => {
      const { box, store, topics } = harness;
      await store.add(letters(topics[0], 40));
      const results = await Promise.all([box.replay(all), box.replay(all), box.drop({ topic: topics[1] })]);
      expect(await openKeys()).toEqual([]);
      expect(new Set(keysOf(await harness.replayed())).size).toBe(40);
      expect(results[0].replayed + results[1].replayed).toBeGreaterThanOrEqual(40);
    });

    it('keeps what hostile records say, and shows it as text', async () => {
      const { box, store, topics } = harness;
      const text = '\u0000\u001b[2J\u202e"\\\u0000 ünï 🙂 \ud800 \'; drop table dead_letters; --';
      const letter = deadLetterFor(topics[0], 1, {
        key: text,
        headers: { 'tenant-id': text, 'produced-at': text, mode: text, constructor: text, __proto__: text },
        value: text,
        reason: { family: 'bug', code: 'bug', detail: text.repeat(300) },
      });
      await store.add([letter, deadLetterFor(topics[0], 2, { headers: {}, value: '', key: '' })]);
      const [hostile, empty] = (await box.list({ limit: 10 })).items;
      expect(hostile!.headers['mode']).toContain('drop table dead_letters');
      expect(hostile!.reason.detail.length).toBeLessThanOrEqual(20_000);
      expect((await box.find(hostile!.id))!.value).toContain('ünï 🙂');
      expect(await box.find(empty!.id)).toMatchObject({ value: '', key: '' });
      expect(await box.drop(all)).toBe(2);
    });
  });
}
