import type { BusMessage } from '@mailrun/contracts';
import type { DeadLetter } from '../port/dead-letter-store.port.js';
import { InMemoryDeadLetterStore } from '../port/dead-letter-store.memory.js';
import { Collected, Gate } from '../testing/collected.js';
import { deadLetterFor } from '../testing/dead-letter-box.behaviour.js';
import { describeMessageBus } from '../testing/message-bus.behaviour.js';
import { noteOf, notes, type Note } from '../testing/note.js';
import { startNoteService, type NoteHandlers } from '../testing/note-service.js';
import { InProcessBroker, type InProcessOptions } from './in-process.broker.js';
import { InProcessTransport } from './in-process.transport.js';

const open = (options: Partial<InProcessOptions> = {}) => {
  const deadLetters = new InMemoryDeadLetterStore();
  const broker = new InProcessBroker({
    deadLetters,
    retryDelayMs: 1,
    outagePauseMs: { first: 5, longest: 50 },
    ...options,
  });
  return {
    bus: broker,
    isDurable: false,
    start: (handlers: NoteHandlers) =>
      startNoteService(new InProcessTransport({ broker, service: 'notes' }), handlers),
    deadLetters: async () => deadLetters.letters,
    close: async () => undefined,
  };
};

describeMessageBus('The in-process bus', async () => open());

describe('A full in-process queue', () => {
  const blocked = async (options: Partial<InProcessOptions>) => {
    const harness = open(options);
    const gate = new Gate();
    const received = new Collected<number>();
    const service = await harness.start({
      handle: async (batch) => {
        await gate.pass();
        received.add(...batch.map(({ body }) => body.number));
      },
      limits: { lanes: 1 },
    });
    return { ...harness, gate, received, service };
  };
  const isPending = async (promise: Promise<unknown>) => {
    const pending = Symbol('pending');
    await new Promise(setImmediate);
    return (await Promise.race([promise, Promise.resolve(pending)])) === pending;
  };

  it.each([
    ['records', { maxQueuedRecords: 10 }, {}],
    ['bytes', { maxQueuedBytes: 20_000 }, { text: 'x'.repeat(2000) }],
  ])('makes publishers wait, in their order, when it holds too many %s', async (_, options, more) => {
    const { bus, gate, received, service } = await blocked(options);
    const first = bus.publish(notes(15, 1, more));
    const second = bus.publish([noteOf('thread-0', 15)]);
    expect(await isPending(first)).toBe(true);
    expect(await isPending(second)).toBe(true);
    gate.open();
    await Promise.all([first, second]);
    await received.count(16);
    expect(received.items).toEqual(Array.from({ length: 16 }, (_, number) => number));
    await service.close();
  });

  it('takes a single message that is larger than its bytes', async () => {
    const { bus, gate, received, service } = await blocked({ maxQueuedBytes: 1000 });
    gate.open();
    await bus.publish([noteOf('a', 1, { text: 'x'.repeat(5000) })]);
    await received.count(1);
    await service.close();
  });

  it('answers publishers with an outage when nothing is handled for too long, and goes on afterwards', async () => {
    const { bus, gate, received, service } = await blocked({ maxQueuedRecords: 2, stalledAfterMs: 20 });
    const isFull = { name: 'Outage', code: 'messaging.full' };
    await expect(bus.publish(notes(5, 1))).rejects.toMatchObject(isFull);
    gate.open();
    await received.count(2);
    await bus.publish([noteOf('thread-0', 5)]);
    await received.count(3);
    expect(received.items).toEqual([0, 1, 5]);
    await service.close();
  });

  it('answers waiting publishers with an outage when it stops', async () => {
    const { bus, gate, service } = await blocked({ maxQueuedRecords: 1 });
    const published = bus.publish(notes(5, 1));
    const refused = expect(published).rejects.toMatchObject({ name: 'Outage', code: 'messaging.stopping' });
    const closed = service.close();
    gate.open();
    await closed;
    await refused;
    await expect(bus.publish(notes(1, 1))).rejects.toMatchObject({ code: 'messaging.stopping' });
  });
});

describe('A replayed dead record', () => {
  const dead = (number: number, more: Partial<DeadLetter> = {}) => ({
    ...deadLetterFor('note.v1', number),
    ...more,
  });

  it('comes again, newly fed, and counts as replayed when it was handled', async () => {
    const { bus, start } = open();
    const gate = new Gate();
    const entered = new Collected<BusMessage<Note>>();
    const service = await start({
      handle: async (batch) => {
        entered.add(...batch);
        await gate.pass();
      },
    });
    const before = new Date().toISOString();
    let isReplayed = false;
    const replayed = bus.replay([dead(1)]).then(() => (isReplayed = true));
    const [message] = await entered.count(1);
    expect(message!.body).toEqual({ thread: 'thread-1', number: 1 });
    expect(message!.headers.fedAt! >= before).toBe(true);
    expect(isReplayed).toBe(false);
    gate.open();
    await replayed;
    await service.close();
  });

  it('that still cannot be read, or is refused again, dies again', async () => {
    const { bus, start, deadLetters } = open();
    const service = await start({
      handle: async () => {
        throw new RangeError('Still a bug.');
      },
    });
    await bus.replay([dead(1), dead(2, { value: 'no JSON' }), dead(3, { headers: {} })]);
    const letters = [...(await deadLetters())].sort((a, b) => a.key.localeCompare(b.key));
    expect(letters).toMatchObject([
      { key: 'thread-1', tries: 3, reason: { code: 'bug' }, headers: { replays: '1' } },
      { key: 'thread-2', tries: 1, reason: { code: 'messaging.invalid-json' }, value: 'no JSON' },
      { key: 'thread-3', tries: 1, reason: { code: 'messaging.invalid-headers' } },
    ]);
    await service.close();
  });

  it('that nobody consumes is none', async () => {
    await open().bus.replay([dead(1)]);
  });
});
