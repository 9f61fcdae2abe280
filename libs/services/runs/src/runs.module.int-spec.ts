import { jest } from '@jest/globals';
import { Controller, Global, Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  createMessageRun,
  getMessageRun,
  getPublishedDefinition,
  getServerConnection,
  getTenantSettings,
  listMessageResults,
  messageOutcome,
  prepareMessageRun,
  putRunGate,
  queryPausedRuns,
  renderMessage,
  startMessageRun,
  stopMessageRun,
  type BusMessage,
  type MessageRun,
  type RenderMessage,
  type Route,
} from '@mailrun/contracts';
import { BlobStore } from '@mailrun/platform-blobs';
import { MemoryBlobStore } from '@mailrun/platform-blobs/testing';
import {
  CallAuthenticator,
  InternalTokenAuthenticator,
  InternalTokens,
  RouteClient,
  createHttpApp,
} from '@mailrun/platform-http';
import {
  ConsumesBatch,
  InMemoryDeadLetterStore,
  InProcessBroker,
  InProcessTransport,
  MessageBus,
  outgoing,
} from '@mailrun/platform-messaging';
import { eventually } from '@mailrun/platform-messaging/testing';
import { createServiceDatabase, type ServiceTestDatabase } from '@mailrun/platform-persistence/testing';
import { KeyRing, SecretBox } from '@mailrun/platform-secrets';
import { Logger, Metrics } from '@mailrun/platform-telemetry';
import { RecordingLogger } from '@mailrun/platform-telemetry/testing';
import { FakeDispatcher } from './application/ports/dispatcher.fake.js';
import { FakeTenantSettingsReader } from './application/ports/tenant-settings-reader.fake.js';
import { RunsModule, runsMigrations } from './index.js';
import { assertCountersEqualRows } from './testing/assert-counters-equal-rows.js';
import { seedManyCustomers } from './testing/billing-rows.js';
import { ours, wholeMay } from './testing/engine.harness.js';
import { publishedDefinition } from './testing/published-definition.builder.js';

const tokens = new InternalTokens('a secret of at least thirty-two characters');
const dispatcher = new FakeDispatcher();
const settings = new FakeTenantSettingsReader();
/** Stands where the other services would answer over HTTP. */
const client = {
  call: async (route: Route, { tenantId }: { tenantId: string }, input: { params: never; body: never }) => {
    if (route === getPublishedDefinition) return publishedDefinition();
    if (route === getServerConnection) return { maxSizeBytes: null };
    if (route === getTenantSettings) return settings.read(tenantId);
    if (route === queryPausedRuns) return { runs: [] };
    if (route === putRunGate) return dispatcher.putGate(tenantId, input.params['runId'], input.body);
    throw new Error(`Nobody answers ${route.id}.`);
  },
};
const broker = new InProcessBroker({ deadLetters: new InMemoryDeadLetterStore() });

@Global()
@Module({
  providers: [
    { provide: BlobStore, useClass: MemoryBlobStore },
    { provide: MessageBus, useValue: broker },
    {
      provide: SecretBox,
      useValue: new SecretBox(KeyRing.parse(`k1:${Buffer.alloc(32, 1).toString('base64')}`)),
    },
    { provide: RouteClient, useValue: client },
    { provide: CallAuthenticator, useValue: new InternalTokenAuthenticator(tokens) },
    { provide: Metrics, useValue: new Metrics() },
    { provide: Logger, useValue: new RecordingLogger() },
  ],
  exports: [BlobStore, MessageBus, SecretBox, RouteClient, CallAuthenticator, Metrics, Logger],
})
class Surroundings {}

/** Everything behind runs: takes what is fed, accepts it and sends it. */
@Controller()
class Downstream {
  static isSending = true;

  @ConsumesBatch(renderMessage)
  async take(batch: readonly BusMessage<RenderMessage>[]): Promise<void> {
    const states = Downstream.isSending ? (['accepted', 'sent'] as const) : (['accepted'] as const);
    for (const state of states) {
      await broker.publish(
        batch.map(({ headers: { tenantId, mode }, body }) =>
          outgoing(messageOutcome, { tenantId, mode }, dispatcher.settle(body, { state })),
        ),
      );
    }
  }
}
@Module({ controllers: [Downstream] })
class DownstreamModule {}

// A database for each test takes seconds while the machine is busy.
jest.setTimeout(60_000);

describe('the runs service', () => {
  let service: ServiceTestDatabase;
  let app: NestFastifyApplication;
  let downstream: INestApplicationContext;
  let runs: RouteClient;
  const caller = { tenantId: ours };

  beforeAll(async () => {
    service = await createServiceDatabase('runs', runsMigrations);
    const module = RunsModule.register({
      persistence: service.options,
      settings: {
        runs: { maxFailedShare: 1, askAfterMs: 600_000, feedAgainMs: 15_000, pollMs: 500 },
        billing: { documentMaxBytes: 1_000_000 },
      },
    });
    class Root {}
    Module({ imports: [Surroundings, module] })(Root);
    app = await createHttpApp(Root, { logger: false });
    app.connectMicroservice({ strategy: new InProcessTransport({ broker, service: 'runs' }) });
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    runs = new RouteClient({ runs: await app.getUrl() }, tokens);
    const micro = await NestFactory.createMicroservice(DownstreamModule, {
      strategy: new InProcessTransport({ broker, service: 'renderer' }),
      logger: false,
    });
    await micro.listen();
    downstream = micro;
    await service.database.inTenant(ours, (tx) => seedManyCustomers(tx, ours, 1200, 'C'));
  }, 60_000);
  afterAll(async () => {
    await app.close();
    await downstream.close();
    await service.drop();
  });

  const get = (id: string) => runs.call(getMessageRun, caller, { params: { id } });
  const prepared = async (): Promise<MessageRun> => {
    const { id } = await runs.call(createMessageRun, caller, {
      body: { definitionKey: 'monthly', selection: wholeMay as never },
    });
    await runs.call(prepareMessageRun, caller, { params: { id }, body: {} });
    return eventually(async () => {
      const run = await get(id);
      return run.state === 'prepared' ? run : undefined;
    });
  };
  const start = ({ id, preparationId, expectedMessages }: MessageRun) =>
    runs.call(startMessageRun, caller, {
      params: { id },
      body: { preparationId: preparationId!, expectedMessages: expectedMessages! },
    });

  it('tells the dispatcher of a stop by itself, and ends when all is final', async () => {
    Downstream.isSending = false;
    const run = await prepared();
    await start(run);
    await eventually(async () => (await get(run.id)).messages.some(({ status }) => status === 'accepted'));
    await runs.call(stopMessageRun, caller, { params: { id: run.id }, body: {} });
    await eventually(() => dispatcher.gates.get(`${run.id}.1`)?.state === 'stopped');
    const accepted = [...dispatcher.outcomes.values()].filter(({ state }) => state === 'accepted');
    await broker.publish(
      accepted.map((copy) =>
        outgoing(
          messageOutcome,
          { tenantId: ours, mode: 'live' },
          dispatcher.settle(copy, { state: 'stopped' }),
        ),
      ),
    );
    await eventually(async () => (await get(run.id)).endedAt);
    expect((await get(run.id)).messages).toEqual([{ status: 'stopped', reason: 'run-stopped', count: 1200 }]);
  });

  it('prepares, feeds, follows and completes a run by itself', async () => {
    Downstream.isSending = true;
    const run = await prepared();
    expect(run.expectedMessages).toBe(1200);
    await start(run);
    const ended = await eventually(async () => {
      const now = await get(run.id);
      return now.state === 'completed' ? now : undefined;
    });
    expect(ended.messages).toEqual([{ status: 'sent', reason: null, count: 1200 }]);
    expect(ended.invoices).toEqual([{ status: 'sent', reason: null, count: 1200 }]);
    await service.database.inTenant(ours, (tx) => assertCountersEqualRows(tx, run.id));
    const page = await runs.call(listMessageResults, caller, { params: { id: run.id }, query: { limit: 2 } });
    expect(page.items.map(({ invoiceCode, status }) => `${invoiceCode} ${status}`)).toEqual([
      'I-C1 sent',
      'I-C2 sent',
    ]);
  });
});
