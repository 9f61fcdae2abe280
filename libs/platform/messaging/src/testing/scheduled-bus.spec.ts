import { topicOf, type BusMessage } from '@mailrun/contracts';
import { Outage } from '@mailrun/platform-errors';
import { outgoing } from '../port/message-bus.port.js';
import { note, noteHeaders, noteOf, notes, type Note } from './note.js';
import { ScheduledBus, type ScheduledBusOptions } from './scheduled-bus.js';

describe('the bus that a schedule drives', () => {
  const topic = topicOf(note);
  const numbers = (batch: readonly BusMessage[]) => batch.map(({ body }) => (body as Note).number);
  const open = (options: ScheduledBusOptions = {}) => {
    const bus = new ScheduledBus(options);
    const received: number[] = [];
    const deliver = (limit = 100) =>
      bus.deliver(topic, limit, async (batch) => {
        received.push(...numbers(batch));
      }).done;
    return { bus, received, deliver, publish: bus.publisher().publish.bind(bus.publisher()) };
  };

  it('delivers in the order of publishing, as much as is asked for', async () => {
    const { bus, received, deliver, publish } = open();
    await publish(notes(5, 2));
    await deliver(3);
    expect(received).toEqual([0, 1, 2]);
    await deliver();
    expect(received).toEqual([0, 1, 2, 3, 4]);
    expect(bus.isEmpty).toBe(true);
  });

  it('lets records of one key wait for one another, and no other', async () => {
    const { bus, publish } = open();
    await publish(notes(4, 2));
    let end = () => {};
    const first = bus.deliver(topic, 1, () => new Promise((resolve) => (end = resolve)));
    expect(numbers(bus.waiting(topic).map(({ message }) => message))).toEqual([1, 3]);
    end();
    await first.done;
    expect(numbers(bus.waiting(topic).map(({ message }) => message))).toEqual([1, 2, 3]);
  });

  it('delivers again what failed, and what a consumer had that is gone', async () => {
    const { bus, received, deliver, publish } = open();
    await publish(notes(2, 1));
    await bus.deliver(topic, 2, () => Promise.reject(new Outage('x.away', 'X is away.'))).done;
    const gone = bus.deliver(topic, 2, () => new Promise(() => {}));
    expect(bus.hasWaiting(topic)).toBe(false);
    gone.takeBack();
    await deliver();
    expect(received).toEqual([0, 1]);
  });

  it('commits what a consumer did that lost its records meanwhile only for the one that has them', async () => {
    const { bus, received, deliver, publish } = open();
    await publish(notes(1, 1));
    let end = () => {};
    const slow = bus.deliver(topic, 1, () => new Promise((resolve) => (end = resolve)));
    slow.takeBack();
    end();
    await slow.done;
    expect(bus.hasWaiting(topic)).toBe(true);
    await deliver();
    expect(received).toEqual([0]);
    expect(bus.isEmpty).toBe(true);
  });

  it('commits after the handler, and before it where it is told so', async () => {
    for (const commitsFirst of [false, true]) {
      const events: string[] = [];
      const { bus, publish } = open({ commitsFirst, onCommitted: () => events.push('committed') });
      await publish(notes(1, 1));
      await bus.deliver(topic, 1, async () => void events.push('handled')).done;
      expect(events).toEqual(commitsFirst ? ['committed', 'handled'] : ['handled', 'committed']);
    }
  });

  it('loses, repeats and reorders', async () => {
    const { bus, received, deliver, publish } = open();
    await publish(notes(3, 1));
    bus.lose(topic, 1);
    bus.putBack(topic, 0);
    bus.replay(topic, 1);
    await deliver();
    expect(received).toEqual([2, 0, 1]);
  });

  it('waits before and after a publication, and may fail there', async () => {
    const { bus } = open();
    const failing = (at: string) =>
      bus.publisher(async (name) => {
        if (name === at) throw new Outage('messaging.away', 'The broker is away.');
      });
    await expect(failing('publish').publish([noteOf('a', 1)])).rejects.toThrow('away');
    expect(bus.published(topic)).toEqual([]);
    await expect(failing('published').publish([noteOf('a', 1)])).rejects.toThrow('away');
    expect(bus.published(topic)).toHaveLength(1);
  });

  it('publishes nothing of a batch in which one message does not fit, and keeps what was published as it was', async () => {
    const { bus, publish } = open();
    const body = { thread: 'a', number: 1, colour: 'red' } as Note;
    await expect(publish([noteOf('a', 1), outgoing(note, noteHeaders, body)])).rejects.toMatchObject({
      code: 'messaging.invalid-message',
    });
    expect(bus.published(topic)).toEqual([]);
    const later: Note = { thread: 'a', number: 1 };
    await publish([outgoing(note, noteHeaders, later)]);
    later.number = 2;
    expect(numbers(bus.waiting(topic).map(({ message }) => message))).toEqual([1]);
    expect(bus.waiting(topic)[0]!.message.headers).toEqual({
      ...noteHeaders,
      producedAt: expect.any(String),
    });
  });
});
