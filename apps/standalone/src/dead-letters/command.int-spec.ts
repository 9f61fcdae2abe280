import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Module } from '@nestjs/common';
import { busExamples, runControl, type BusMessage, type RunControl } from '@mailrun/contracts';
import { ConsumesBatch, MessageBus, outgoing } from '@mailrun/platform-messaging';
import { Collected, eventually } from '@mailrun/platform-messaging/testing';
import { describeWithKafka, startKafka, type TestKafka } from '@mailrun/platform-messaging/testing/kafka';
import { TypeOrmDatabase, deadLetterSchema, openDataSource } from '@mailrun/platform-persistence';
import { createServiceDatabase, type ServiceTestDatabase } from '@mailrun/platform-persistence/testing';
import { persistenceOf, startProcess, type RunningProcess } from '@mailrun/platform-runtime';
import { bootstrapAll, migrateAll } from '../database-commands.js';
import { readAllSettings } from '../settings.js';
import { makeTopics } from '../topics-command.js';
import { deadLettersCommand } from './command.js';

type Control = BusMessage<RunControl>;

/** A process that consumes one kind of message, has a bug, and is mended. */
async function startConsumer(environment: Record<string, string>) {
  const settings = readAllSettings(environment);
  const source = await openDataSource({ ...persistenceOf(settings, deadLetterSchema), poolSize: 2 });
  const handled = new Collected<Control>();
  const state = { hasBug: true };

  @Controller()
  class ControlHandler {
    @ConsumesBatch(runControl)
    async handle(batch: readonly Control[]): Promise<void> {
      if (state.hasBug) throw new RangeError('A bug.');
      handled.add(...batch);
    }
  }
  @Module({ controllers: [ControlHandler] })
  class ControlModule {}

  const running: RunningProcess = await startProcess({
    name: 'dispatcher',
    settings,
    deadLetters: new TypeOrmDatabase(source),
    modules: () => [{ module: ControlModule }],
  });
  return {
    handled,
    mend: () => (state.hasBug = false),
    publish: (revisions: readonly number[]) => {
      const { producedAt: _, ...headers } = busExamples.exampleHeaders;
      return running.internal
        .get(MessageBus, { strict: false })
        .publish(
          revisions.map((revision) => outgoing(runControl, headers, { ...busExamples.runControl, revision })),
        );
    },
    stop: async () => {
      await running.stop();
      await source.destroy();
    },
  };
}

/** The command as it is typed, beside a running process, in one of the shapes. */
function describeCommand(shape: string, broker: () => TestKafka | undefined): void {
  describe(`mailrun dead-letters ${shape}`, () => {
    let folder: string;
    let database: ServiceTestDatabase;
    let environment: Record<string, string>;
    let consumer: Awaited<ReturnType<typeof startConsumer>>;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'mailrun-dead-letters-'));
      database = await createServiceDatabase(deadLetterSchema, []);
      const brokers = broker()?.brokers.join(',');
      environment = {
        DATABASE_URL: database.owner.ownerUrl,
        MAILRUN_INSTALLATION_PREFIX: database.owner.prefix,
        MAILRUN_DATABASE_ROLE_SECRET: 'r'.repeat(32),
        MAILRUN_INTERNAL_TOKEN_SECRET: 't'.repeat(32),
        MAILRUN_SECRETS_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
        MAILRUN_BLOBS_FOLDER: join(folder, 'blobs'),
        MAILRUN_INTERNAL_HOST: '127.0.0.1',
        MAILRUN_INTERNAL_PORT: '0',
        MAILRUN_MANAGEMENT_HOST: '127.0.0.1',
        MAILRUN_MANAGEMENT_PORT: '0',
        MAILRUN_LOG_LEVEL: 'fatal',
        MAILRUN_BUS_PARTITIONS: '2',
        ...(brokers !== undefined && { KAFKA_BROKERS: brokers }),
      };
      const settings = readAllSettings(environment);
      await bootstrapAll(settings);
      await migrateAll(settings);
      if (brokers !== undefined) await makeTopics(settings);
      consumer = await startConsumer(environment);
    }, 90_000);
    afterAll(async () => {
      await consumer.stop();
      await database.drop();
      await rm(folder, { recursive: true });
    }, 30_000);

    const type = async (line: string) => {
      const out: string[] = [];
      const notes: string[] = [];
      const terminal = { out: (text: string) => out.push(text), note: (text: string) => notes.push(text) };
      const code = await deadLettersCommand([...line.split(' '), '--data', folder], environment, terminal);
      return { code, out: out.join('\n'), notes: notes.join('\n') };
    };
    /** When there are so many. */
    const listed = (total: number): Promise<readonly { readonly id: string }[]> =>
      eventually(async () => {
        const { items } = JSON.parse((await type('list --json')).out) as { items: { id: string }[] };
        return items.length === total ? items : undefined;
      });

    it('shows what died of a bug, drops one, and replays the others when it is mended', async () => {
      expect((await type('list')).out).toBe('No open dead letters.');
      await consumer.publish([1, 2, 3]);
      const letters = await listed(3);
      expect(letters).toMatchObject([1, 2, 3].map(() => ({ code: 'bug', tries: 3 })));
      const shown = await type(`show ${letters[0]!.id} --content`);
      expect(shown).toMatchObject({ code: 0, notes: '' });
      expect(shown.out).toContain('RangeError: A bug.');
      expect(shown.out).toContain('"revision":1');
      expect(await type(`drop ${letters[0]!.id} --yes`)).toMatchObject({ code: 0, out: 'Dropped 1.' });

      // Still broken: they die again, and say so.
      expect(await type('replay --all')).toMatchObject({ code: 0 });
      const again = await listed(2);
      expect(again).toMatchObject([{ replays: 1 }, { replays: 1 }]);

      consumer.mend();
      expect(await type('replay --all --topic run-control')).toMatchObject({ code: 0, out: 'Replayed 2.' });
      await consumer.handled.count(2);
      expect(consumer.handled.items.map(({ body }) => body.revision)).toEqual([2, 3]);
      expect((await type('list')).out).toBe('No open dead letters.');
    }, 60_000);

    it('ends with 2 where it is no command, and helps', async () => {
      expect(await type('bury')).toMatchObject({ code: 2, out: '' });
      expect(await type('help')).toMatchObject({ code: 0, notes: '' });
    });
  });
}

describeCommand('in one process', () => undefined);

describeWithKafka('Over a real broker,', () => {
  let broker: TestKafka;
  beforeAll(async () => (broker = await startKafka()), 90_000);
  afterAll(() => broker.stop(), 30_000);
  describeCommand('on Kafka', () => broker);
});
