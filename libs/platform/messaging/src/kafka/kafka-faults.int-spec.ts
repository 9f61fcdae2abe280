import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BusMessage } from '@mailrun/contracts';
import { Outage } from '@mailrun/platform-errors';
import { describeWithKafka, startKafka, type TestKafka } from '@mailrun/testing';
import { jest } from '@jest/globals';
import { KafkaJSGroupCoordinatorNotFound, type Message } from 'kafkajs';
import type { DeadRecord } from '../consume/batch-context.js';
import { noObserver } from '../port/observer.js';
import { Collected, eventually, Gate } from '../testing/collected.js';
import { openKafkaHarness, readAll } from '../testing/kafka-harness.js';
import { note, noteHeaders, noteOf, notes, type Note } from '../testing/note.js';
import type { RunningService } from '../testing/note-service.js';

const run = promisify(execFile);
/** Its own, which tells who coordinates a group. */
const Cluster = createRequire(import.meta.url)('kafkajs/src/cluster') as {
  readonly prototype: { findGroupCoordinatorMetadata(): Promise<unknown> };
};

type Harness = Awaited<ReturnType<typeof openKafkaHarness>>;
const numbers = (messages: readonly BusMessage<Note>[]) => messages.map(({ body }) => body.number);
const range = (total: number) => Array.from({ length: total }, (_, index) => index);
const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);

const wireHeaders = {
  'message-type': 'note.v1',
  'tenant-id': noteHeaders.tenantId,
  mode: 'live',
  'produced-at': '2025-06-01T08:00:00.000Z',
};

describeWithKafka('Kafka: what a transport meets', () => {
  let kafka: TestKafka;
  let harness: Harness;
  const services = new Set<RunningService>();

  const start = async (...args: Parameters<Harness['start']>) => {
    const service = await harness.start(...args);
    services.add(service);
    return service;
  };
  const close = async (service: RunningService) => {
    services.delete(service);
    await service.close();
  };
  const sendRaw = async (...messages: Message[]) => {
    const producer = harness.kafka.producer({ createPartitioner: () => () => 0 });
    await producer.connect();
    await producer.send({ topic: harness.topic, messages });
    await producer.disconnect();
  };

  beforeAll(async () => (kafka = await startKafka()), 90_000);
  afterAll(() => kafka.stop(), 30_000);
  beforeEach(async () => {
    harness = await openKafkaHarness(kafka.brokers);
  });
  afterEach(async () => {
    await Promise.all([...services].map(close));
    await harness.close();
  }, 30_000);

  it('sends what it cannot read to the dead letter, as it came, and goes on', async () => {
    const received = new Collected<BusMessage<Note>>();
    const buried = new Collected<DeadRecord<Note>>();
    const claim = await harness.claims.put(Buffer.from('{"thread":"a","number":6}'));
    harness.claims.claims.set(claim.key, Buffer.from('{"thread":"a","number":7}'));
    await sendRaw(
      { key: 'a', value: 'no JSON', headers: wireHeaders },
      { key: 'a', value: '{"thread":"a","number":2}', headers: { mode: 'live' } },
      { key: 'a', value: '{"thread":"a","number":"three"}', headers: wireHeaders },
      { key: 'a', value: null, headers: wireHeaders },
      { key: 'a', value: '{"key":"?"}', headers: { ...wireHeaders, 'claim-check': '1' } },
      { key: 'a', value: JSON.stringify(claim), headers: { ...wireHeaders, 'claim-check': '1' } },
      {
        key: 'a',
        value: JSON.stringify({ ...claim, key: 'claims/gone' }),
        headers: { ...wireHeaders, 'claim-check': '1' },
      },
      { key: 'a', value: '{"thread":"a","number":8,"added":1}', headers: wireHeaders },
    );
    await start({
      handle: async (batch) => received.add(...batch),
      onDeadLetter: async (dead) => buried.add(...dead),
    });
    await received.count(1);
    await buried.count(7);
    expect(received.items[0]!.body).toEqual({ thread: 'a', number: 8 });
    expect(buried.items.map(({ reason }) => reason.code)).toEqual([
      'messaging.invalid-json',
      'messaging.invalid-headers',
      'messaging.invalid-message',
      'messaging.invalid-message',
      'messaging.invalid-claim',
      'messaging.claim-damaged',
      'blobs.not-found',
    ]);
    expect(buried.items[2]).toMatchObject({
      key: 'a',
      invalidBody: { thread: 'a', number: 'three' },
      busHeaders: { tenantId: noteHeaders.tenantId, mode: 'live' },
    });
    expect(buried.items[1]!.busHeaders).toBeUndefined();
    const letters = await harness.deadLetters();
    expect(letters).toHaveLength(7);
    expect(letters[0]).toMatchObject({ value: 'no JSON', headers: wireHeaders, service: 'notes' });
  });

  it('sends only the reference of a large body', async () => {
    const text = 'x'.repeat(300_000);
    await harness.bus.publish([noteOf('a', 1, { text }), noteOf('a', 2)]);
    const [large, small] = await readAll(harness.kafka, harness.topic);
    expect(large!.headers['claim-check']).toBe('1');
    expect(large!.value.length).toBeLessThan(500);
    expect([...harness.claims.claims.keys()]).toEqual([JSON.parse(large!.value).key]);
    expect(small!.headers).toMatchObject({
      'message-type': 'note.v1',
      'tenant-id': noteHeaders.tenantId,
      round: '1',
    });
    expect(JSON.parse(small!.value)).toEqual({ thread: 'a', number: 2 });
  });

  it('refuses a body that is larger than a claim may be, before anything is sent', async () => {
    const tight = await openKafkaHarness(kafka.brokers, {
      claimLimits: { inlineBytes: 1000, maxBytes: 5000 },
    });
    const published = tight.bus.publish([noteOf('a', 1), noteOf('a', 2, { text: 'x'.repeat(6000) })]);
    await expect(published).rejects.toMatchObject({ name: 'Refusal', code: 'messaging.body-too-large' });
    expect(await readAll(tight.kafka, tight.topic)).toEqual([]);
    await tight.close();
  });

  it('keeps its place in the group while a handler works longer than the session lasts', async () => {
    const gate = new Gate();
    const entered = new Collected<number>();
    const sessionTimeoutMs = kafka.isOurs ? 1000 : 6000;
    const busy = await start(
      {
        handle: async (batch) => {
          entered.add(...numbers(batch));
          await gate.pass();
        },
      },
      { sessionTimeoutMs },
    );
    await harness.bus.publish([noteOf('a', 1)]);
    await entered.count(1);
    const admin = harness.kafka.admin();
    await admin.connect();
    const until = Date.now() + 2.5 * sessionTimeoutMs;
    await eventually(async () => {
      const { groups } = await admin.describeGroups([`${harness.prefix}.notes`]);
      expect(groups[0]!.members).toHaveLength(1);
      return Date.now() > until;
    });
    await admin.disconnect();
    gate.open();
    await close(busy);
    const again = new Collected<number>();
    await start({ handle: async (batch) => again.add(...numbers(batch)) });
    await harness.bus.publish([noteOf('a', 2)]);
    await again.until((items) => items.includes(2));
    expect(again.items).toEqual([2]);
  }, 40_000);

  it('shares the work with a second member, and loses and doubles nothing when one leaves', async () => {
    const received = new Collected<number>();
    const handlers = {
      handle: async (batch: readonly BusMessage<Note>[]) => received.add(...numbers(batch)),
    };
    const first = await start(handlers);
    await eventually(() => first.health().ready);
    await harness.bus.publish(notes(100, 20));
    const second = await start(handlers);
    await harness.bus.publish(notes(200, 20).slice(100));
    await eventually(() => second.health().ready && first.health().ready);
    await harness.bus.publish(notes(300, 20).slice(200));
    await close(first);
    await harness.bus.publish(notes(400, 20).slice(300));
    await received.count(400);
    expect(sorted(received.items)).toEqual(range(400));
  }, 40_000);

  it('fails liveness and calls for the end of the process when kafkajs gives up for good', async () => {
    const crashes = new Collected<unknown>();
    const failing = {
      ...noObserver,
      lag: () => {
        throw new TypeError('A bug of ours.');
      },
    };
    const service = await start(
      { handle: async () => undefined },
      { onCrash: (error) => crashes.add(error), observer: failing },
    );
    expect(service.health().live).toBe(true);
    await harness.bus.publish([noteOf('a', 1)]);
    await crashes.count(1);
    expect(service.health()).toMatchObject({ live: false, ready: false });
  });

  it('goes on when no broker could tell who coordinates the group', async () => {
    const findCoordinator = jest
      .spyOn(Cluster.prototype, 'findGroupCoordinatorMetadata')
      .mockRejectedValueOnce(Reflect.construct(KafkaJSGroupCoordinatorNotFound, ['No broker said it.']));
    try {
      const crashes: unknown[] = [];
      const received = new Collected<number>();
      const service = await start(
        { handle: async (batch) => received.add(...numbers(batch)) },
        { onCrash: (error) => crashes.push(error) },
      );
      await harness.bus.publish([noteOf('a', 1)]);
      await received.count(1);
      expect(service.health()).toMatchObject({ live: true });
      expect(crashes).toEqual([]);
      expect(findCoordinator.mock.calls.length).toBeGreaterThan(1);
    } finally {
      findCoordinator.mockRestore();
    }
  }, 40_000);

  it('says what is wrong when the topics are missing', async () => {
    const elsewhere = await openKafkaHarness(kafka.brokers);
    const admin = elsewhere.kafka.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [elsewhere.topic] });
    // The controller answers before the broker knows.
    await eventually(async () => !(await admin.listTopics()).includes(elsewhere.topic));
    await admin.disconnect();
    await expect(elsewhere.start({ handle: async () => undefined })).rejects.toThrow(
      'Have the topics been made?',
    );
    await expect(elsewhere.bus.publish([noteOf('a', 1)])).rejects.toMatchObject({
      code: 'messaging.broker-away',
    });
    await elsewhere.close();
  }, 40_000);

  it('has a kafkajs that arms no timers while it is idle, and none in the past', async () => {
    const script = join(import.meta.dirname, '../testing/idle-client.mjs');
    const { stdout, stderr } = await run(process.execPath, [script, kafka.brokers.join(','), harness.topic]);
    // Unpatched it is about a thousand for each connection.
    expect(Number(stdout)).toBeLessThan(50);
    expect(stderr).not.toContain('TimeoutNegativeWarning');
  }, 30_000);

  it('makes only the topics that are missing', async () => {
    const made = await harness.messaging.createTopics({ partitions: 3, replicationFactor: 1, types: [note] });
    expect(made).toEqual([]);
    const all = await harness.messaging.createTopics({ partitions: 2, replicationFactor: 1 });
    expect(all).toContain(`${harness.prefix}.render-message.v1`);
    expect(all).toContain(`${harness.prefix}.render-message.v1.dead-letter`);
  });

  it('goes on by itself when the broker was killed and comes back, and publishers get an outage meanwhile', async () => {
    if (!kafka.isOurs) return;
    const received = new Collected<number>();
    const handle = async (batch: readonly BusMessage<Note>[]) => received.add(...numbers(batch));
    const service = await start({ handle }, { sessionTimeoutMs: 2000 });
    await harness.bus.publish([noteOf('a', 1)]);
    await received.count(1);
    await kafka.kill();
    await expect(harness.bus.publish([noteOf('a', 2)])).rejects.toBeInstanceOf(Outage);
    await eventually(() => !service.health().ready, 60_000);
    expect(service.health().live).toBe(true);
    await kafka.up();
    await eventually(async () => {
      try {
        await harness.bus.publish([noteOf('a', 3)]);
        return true;
      } catch (error) {
        if (error instanceof Outage) return false;
        throw error;
      }
    }, 60_000);
    await received.until((items) => items.includes(3), 60_000);
    await eventually(() => service.health().ready, 60_000);
    expect(new Set(received.items)).toEqual(new Set([1, 3]));
  }, 180_000);
});
