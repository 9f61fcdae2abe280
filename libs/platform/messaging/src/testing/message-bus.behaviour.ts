import type { BusMessage } from '@mailrun/contracts';
import { Outage, Refusal } from '@mailrun/platform-errors';
import type { DeadRecord } from '../consume/batch-context.js';
import type { DeadLetter } from '../port/dead-letter-store.port.js';
import { outgoing, type MessageBus } from '../port/message-bus.port.js';
import { Collected, eventually, Gate } from './collected.js';
import { laterNote, note, noteHeaders, noteOf, notes, type Note } from './note.js';
import type { NoteHandlers, RunningService } from './note-service.js';

/** One installation of the bus, with topics of its own. */
export interface BusHarness {
  readonly bus: MessageBus;
  /** Whether records outlive the service that consumes them. */
  readonly isDurable: boolean;
  /** Starts (again) the one service that consumes notes. */
  start(handlers: NoteHandlers): Promise<RunningService>;
  deadLetters(): Promise<readonly DeadLetter[]>;
  close(): Promise<void>;
}

type Message = BusMessage<Note>;
const numbers = (messages: readonly Message[]) => messages.map(({ body }) => body.number);
const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b);
const range = (total: number) => Array.from({ length: total }, (_, index) => index);

/** What every transport of the bus does. Runs against the in-process one and against a real Kafka broker. */
export function describeMessageBus(name: string, open: () => Promise<BusHarness>): void {
  describe(name, () => {
    let harness: BusHarness;
    let service: RunningService | undefined;

    const start = async (handlers: NoteHandlers) => (service = await harness.start(handlers));

    beforeEach(async () => {
      harness = await open();
    });

    afterEach(async () => {
      await service?.close();
      service = undefined;
      await harness.close();
    });

    it('keeps the order within a key', async () => {
      const received = new Collected<Message>();
      await start({ handle: async (batch) => received.add(...batch) });
      const all = notes(300, 10);
      await harness.bus.publish(all.slice(0, 100));
      await Promise.all([harness.bus.publish(all.slice(100, 200)), harness.bus.publish(all.slice(200))]);
      await received.count(300);
      for (const thread of range(10)) {
        const ofThread = received.items.filter(({ body }) => body.thread === `thread-${thread}`);
        expect(numbers(ofThread)).toEqual(range(30).map((index) => index * 10 + thread));
      }
    });

    it('delivers a batch again after its handler failed, and in order', async () => {
      const received = new Collected<Message>();
      const failures = [new Outage('database.away', 'The database is away.'), new TypeError('A bug, once.')];
      await start({
        handle: async (batch) => {
          const failure = failures.pop();
          if (failure !== undefined) throw failure;
          received.add(...batch);
        },
      });
      await harness.bus.publish(notes(20, 1));
      await received.count(20);
      expect(numbers(received.items)).toEqual(range(20));
      expect(await harness.deadLetters()).toEqual([]);
    });

    it('sends refused and buggy records to the dead letter while their neighbours go on', async () => {
      const received = new Collected<Message>();
      const buried = new Collected<DeadRecord<Note>>();
      let triesAlone = 0;
      await start({
        handle: async (batch) => {
          if (batch.length === 1 && batch[0]!.body.number === 9) triesAlone += 1;
          if (numbers(batch).includes(5)) throw new Refusal('rule', 'notes.refused', 'Five is refused.');
          if (numbers(batch).includes(9)) throw new RangeError('Nine is a bug.');
          received.add(...batch);
        },
        onDeadLetter: async (dead) => buried.add(...dead),
      });
      await harness.bus.publish(notes(20, 1));
      await received.count(18);
      await buried.count(2);
      expect(numbers(received.items)).toEqual(range(20).filter((number) => number !== 5 && number !== 9));
      expect(triesAlone).toBe(3);
      const [refusal, bug] = buried.items;
      expect(refusal).toMatchObject({
        key: 'thread-0',
        message: { body: { number: 5 }, headers: { tenantId: noteHeaders.tenantId } },
        reason: { family: 'refusal', code: 'notes.refused', detail: 'Five is refused.' },
      });
      expect(bug).toMatchObject({
        message: { body: { number: 9 } },
        reason: { family: 'bug', code: 'bug', detail: 'RangeError: Nine is a bug.' },
      });
      const letters = await harness.deadLetters();
      expect(letters).toHaveLength(2);
      expect(letters[0]).toMatchObject({
        topic: 'note.v1',
        service: 'notes',
        key: 'thread-0',
        reason: { family: 'refusal', code: 'notes.refused' },
        headers: { 'tenant-id': noteHeaders.tenantId, mode: 'live', round: '1', 'message-type': 'note.v1' },
      });
      expect(JSON.parse(letters[0]!.value)).toEqual({ thread: 'thread-0', number: 5 });
    });

    it('lets a handler reject single messages of a batch', async () => {
      const received = new Collected<Message>();
      const buried = new Collected<DeadRecord<Note>>();
      await start({
        handle: async (batch, context) => {
          for (const message of batch) {
            if (message.body.number === 3)
              context.reject(message, { code: 'notes.three', detail: 'Not three.' });
          }
          received.add(...batch);
        },
        onDeadLetter: async (dead) => buried.add(...dead),
      });
      await harness.bus.publish(notes(6, 1));
      await received.count(6);
      await buried.count(1);
      expect(buried.items[0]).toMatchObject({
        message: { body: { number: 3 } },
        reason: { code: 'notes.three' },
      });
      expect(numbers(received.items)).toEqual(range(6));
    });

    it('repeats the dead-letter handler through an outage, before it goes on', async () => {
      const buried = new Collected<DeadRecord<Note>>();
      const received = new Collected<Message>();
      let outages = 2;
      await start({
        handle: async (batch, context) => {
          for (const message of batch) {
            if (message.body.number === 0)
              context.reject(message, { code: 'notes.zero', detail: 'Not zero.' });
            else received.add(message);
          }
        },
        onDeadLetter: async (dead) => {
          if (outages > 0) {
            outages -= 1;
            throw new Outage('database.away', 'The database is away.');
          }
          buried.add(...dead);
        },
        limits: { maxRecords: 1 },
      });
      await harness.bus.publish(notes(2, 1));
      await received.count(1);
      expect(buried.items).toHaveLength(1);
    });

    it('pauses on an outage, shows it in readiness, never dead-letters, and goes on afterwards', async () => {
      const received = new Collected<Message>();
      const attempts = new Collected<number>();
      let isAway = true;
      const running = await start({
        handle: async (batch) => {
          attempts.add(batch.length);
          if (isAway) throw new Outage('database.away', 'The database is away.');
          received.add(...batch);
        },
        limits: { lanes: 1 },
      });
      await eventually(() => running.health().ready);
      await harness.bus.publish(notes(10, 1));
      // More tries than a bug would get.
      await attempts.count(5);
      expect(running.health()).toMatchObject({ live: true, ready: false });
      expect(JSON.stringify(running.health().detail)).toContain('The database is away.');
      isAway = false;
      await received.count(10);
      expect(numbers(received.items)).toEqual(range(10));
      await eventually(() => running.health().ready);
      expect(await harness.deadLetters()).toEqual([]);
    });

    it('goes on with other keys while an outage pauses one', async () => {
      const received = new Collected<Message>();
      await start({
        handle: async (batch) => {
          if (batch.some(({ body }) => body.thread === 'thread-0')) throw new Outage('x.away', 'X is away.');
          received.add(...batch);
        },
      });
      await harness.bus.publish(notes(20, 20));
      await received.count(10);
      expect(received.items.map(({ body }) => body.thread)).not.toContain('thread-0');
    });

    it('hands over no more than the limits allow, one batch at a time for each key', async () => {
      const gate = new Gate();
      const received = new Collected<Message>();
      const entered = new Collected<readonly Message[]>();
      await start({
        handle: async (batch) => {
          entered.add(batch);
          await gate.pass();
          received.add(...batch);
        },
        limits: { maxRecords: 7, lanes: 2 },
      });
      const published = harness.bus.publish(notes(100, 1));
      await entered.count(1);
      await published;
      expect(entered.items).toHaveLength(1);
      gate.open();
      await received.count(100);
      expect(Math.max(...entered.items.map((batch) => batch.length))).toBeLessThanOrEqual(7);
      expect(numbers(received.items)).toEqual(range(100));
    });

    it('carries 500 records of 200 kB published at once, in batches bounded by bytes', async () => {
      const received = new Collected<number>();
      const batches = new Collected<number>();
      const text = 'x'.repeat(200_000);
      await start({
        handle: async (batch) => {
          batches.add(batch.length);
          for (const { body } of batch) {
            if (body.text?.length === 200_000) received.add(body.number);
          }
        },
        limits: { maxBytes: 1_000_000 },
      });
      await harness.bus.publish(notes(500, 20, { text }));
      await received.count(500, 60_000);
      expect(ascending(received.items)).toEqual(range(500));
      expect(Math.max(...batches.items)).toBeLessThanOrEqual(5);
    }, 90_000);

    it('ends the running batch before it stops, commits it once, and begins no other', async () => {
      const first = new Collected<Message>();
      const gate = new Gate();
      const entered = new Collected<number>();
      const running = await start({
        handle: async (batch) => {
          entered.add(batch.length);
          await gate.pass();
          first.add(...batch);
        },
        limits: { maxRecords: 10, lanes: 1 },
      });
      await harness.bus.publish(notes(30, 1));
      await entered.count(1);
      const closed = running.close();
      let isClosed = false;
      void closed.then(() => (isClosed = true));
      await new Promise(setImmediate);
      expect(isClosed).toBe(false);
      gate.open();
      await closed;
      service = undefined;
      expect(entered.items).toHaveLength(1);
      expect(numbers(first.items)).toEqual(range(first.items.length));

      const second = new Collected<Message>();
      await start({ handle: async (batch) => second.add(...batch) });
      await harness.bus.publish([noteOf('thread-0', 30)]);
      await second.until((items) => numbers(items).includes(30));
      const rest = harness.isDurable ? range(31).slice(first.items.length) : [30];
      expect(numbers(second.items)).toEqual(rest);
    });

    it('carries all headers', async () => {
      const received = new Collected<Message>();
      await start({ handle: async (batch) => received.add(...batch) });
      const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
      const before = new Date().toISOString();
      await harness.bus.publish([
        outgoing(note, { ...noteHeaders, traceparent }, { thread: 'a', number: 1 }),
        outgoing(note, { tenantId: noteHeaders.tenantId, mode: 'test' }, { thread: 'a', number: 2 }),
      ]);
      const [full, short] = await received.count(2);
      expect(full!.headers).toEqual({ ...noteHeaders, traceparent, producedAt: expect.any(String) });
      expect(short!.headers).toEqual({
        tenantId: noteHeaders.tenantId,
        mode: 'test',
        producedAt: expect.any(String),
      });
      expect(full!.headers.producedAt >= before).toBe(true);
    });

    it('carries bodies far above the size of a record whole', async () => {
      const received = new Collected<Message>();
      await start({ handle: async (batch) => received.add(...batch) });
      const text = 'Größe '.repeat(500_000);
      await harness.bus.publish([noteOf('a', 1, { text }), noteOf('a', 2)]);
      await received.count(2);
      expect(numbers(received.items)).toEqual([1, 2]);
      expect(received.items[0]!.body.text === text).toBe(true);
    });

    it('drops fields that the consumer does not know', async () => {
      const received = new Collected<Message>();
      await start({ handle: async (batch) => received.add(...batch) });
      await harness.bus.publish([
        outgoing(laterNote, noteHeaders, { thread: 'a', number: 1, colour: 'red' }),
      ]);
      await received.count(1);
      expect(received.items[0]!.body).toEqual({ thread: 'a', number: 1 });
    });

    it('publishes nothing of a batch in which one body or header does not fit', async () => {
      const received = new Collected<Message>();
      await start({ handle: async (batch) => received.add(...batch) });
      const unknownField = { thread: 'a', number: 2, colour: 'red' } as Note;
      const isInvalid = { name: 'Refusal', code: 'messaging.invalid-message' };
      await expect(
        harness.bus.publish([noteOf('a', 1), outgoing(note, noteHeaders, unknownField)]),
      ).rejects.toMatchObject({ ...isInvalid, message: expect.stringContaining('note.v1') });
      await expect(
        harness.bus.publish([
          noteOf('a', 1),
          outgoing(note, { ...noteHeaders, tenantId: 'x' }, { thread: 'a', number: 2 }),
        ]),
      ).rejects.toMatchObject(isInvalid);
      await harness.bus.publish([noteOf('a', 3)]);
      await received.count(1);
      expect(numbers(received.items)).toEqual([3]);
    });

    it('hands over what was published, whatever the publisher does with its objects afterwards', async () => {
      const gate = new Gate();
      const received = new Collected<Message>();
      await start({
        handle: async (batch) => {
          await gate.pass();
          received.add(...batch);
        },
      });
      const body: Note = { thread: 'a', number: 1, text: 'as it was' };
      await harness.bus.publish([outgoing(note, noteHeaders, body)]);
      body.text = 'changed';
      gate.open();
      await received.count(1);
      expect(received.items[0]!.body.text).toBe('as it was');
    });
  });
}
