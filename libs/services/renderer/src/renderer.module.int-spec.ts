import { Controller, Global, Module } from '@nestjs/common';
import {
  checkTemplates,
  dispatchMessage,
  documentMade,
  makeDocuments,
  packageMessage,
  previewTemplates,
  renderMessage,
  busExamples,
  type BusMessage,
  type DispatchMessage,
  type DocumentMade,
  type PackageMessage,
} from '@mailrun/contracts';
import { BlobStore } from '@mailrun/platform-blobs';
import { MemoryBlobStore } from '@mailrun/platform-blobs/testing';
import { readSettings } from '@mailrun/platform-config';
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
  onward,
  outgoing,
} from '@mailrun/platform-messaging';
import { Collected } from '@mailrun/platform-messaging/testing';
import { Logger, Metrics } from '@mailrun/platform-telemetry';
import { RecordingLogger } from '@mailrun/platform-telemetry/testing';
import { TemplateSandbox } from './application/ports/template-sandbox.port.js';
import { rendererSettings } from './application/renderer-settings.js';
import { VashSandbox } from './outbound/sandbox/vash-sandbox.js';
import { RendererModule } from './renderer.module.js';
import { PinnedRunBuilder, pinsOf } from './testing/pinned-run.builder.js';

type App = Awaited<ReturnType<typeof createHttpApp>>;

const tokens = new InternalTokens('a secret of at least thirty-two characters');
const { settings } = readSettings(
  { MAILRUN_RENDERER_SANDBOX_PROCESSES: '1', MAILRUN_RENDERER_RENDER_TIMEOUT_MS: '200' },
  { settings: rendererSettings },
);

/** The renderer on the in-process bus and over HTTP, and someone who takes what it publishes. */
class Running {
  readonly packaged = new Collected<BusMessage<PackageMessage>>();
  readonly dispatched = new Collected<BusMessage<DispatchMessage>>();
  readonly made = new Collected<BusMessage<DocumentMade>>();
  readonly blobs = new MemoryBlobStore();
  readonly build = new PinnedRunBuilder(this.blobs);
  readonly bus = new InProcessBroker({ deadLetters: new InMemoryDeadLetterStore(), retryDelayMs: 1 });
  client!: RouteClient;
  private readonly apps: App[] = [];

  get sandbox(): VashSandbox {
    return this.apps[1]!.get<VashSandbox>(TemplateSandbox as never);
  }

  async start(): Promise<void> {
    const { packaged, dispatched, made } = this;

    @Controller()
    class Others {
      @ConsumesBatch(packageMessage)
      async takePackage(batch: readonly BusMessage<PackageMessage>[]): Promise<void> {
        packaged.add(...batch);
      }

      @ConsumesBatch(dispatchMessage)
      async takeDispatch(batch: readonly BusMessage<DispatchMessage>[]): Promise<void> {
        dispatched.add(...batch);
      }

      @ConsumesBatch(documentMade)
      async takeDocument(batch: readonly BusMessage<DocumentMade>[]): Promise<void> {
        made.add(...batch);
      }
    }

    @Global()
    @Module({
      providers: [
        { provide: BlobStore, useValue: this.blobs },
        { provide: MessageBus, useValue: this.bus },
        { provide: Metrics, useValue: new Metrics() },
        { provide: Logger, useValue: new RecordingLogger() },
        { provide: CallAuthenticator, useValue: new InternalTokenAuthenticator(tokens) },
      ],
      exports: [BlobStore, MessageBus, Metrics, Logger, CallAuthenticator],
    })
    class Platform {}

    @Module({ imports: [Platform], controllers: [Others] })
    class OthersProcess {}

    @Module({ imports: [Platform, RendererModule.register({ settings })] })
    class RendererProcess {}

    for (const [service, module] of [
      ['others', OthersProcess],
      ['renderer', RendererProcess],
    ] as const) {
      const app = await createHttpApp(module, { logger: false });
      app.connectMicroservice({ strategy: new InProcessTransport({ broker: this.bus, service }) });
      await app.startAllMicroservices();
      await app.listen(0, '127.0.0.1');
      this.apps.push(app);
    }
    this.client = new RouteClient({ renderer: await this.apps[1]!.getUrl() }, tokens);
  }

  async stop(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.close()));
  }
}

describe('the renderer in its process', () => {
  const running = new Running();
  const { build } = running;
  const caller = { tenantId: busExamples.exampleHeaders.tenantId };
  beforeAll(() => running.start());
  afterAll(() => running.stop());

  const idOf = (n: number) => `019351a0-0000-7000-9000-${String(n).padStart(12, '0')}`;

  it('renders fed messages for the packager, and refuses the one that never ends at the dispatcher', async () => {
    const pins = await build.pin(
      pinsOf({
        template: {
          key: 'invoice',
          version: 1,
          subject: 'Invoice @invoice.number for @customer.code',
          html: '<p>@{ if (customer.code === "C7") { for (;;) { } } }@money(invoice.total)</p>',
        },
      }),
    );
    const messages = Array.from({ length: 40 }, (_, n) =>
      build.renderMessage(pins, {
        messageId: idOf(n),
        customer: { ...busExamples.customer, code: `C${n}` },
      }),
    );
    await running.bus.publish(
      messages.map(({ headers, body }) => outgoing(renderMessage, onward(headers), body)),
    );
    const packaged = await running.packaged.count(39);
    expect(new Set(packaged.map(({ body }) => body.messageId)).size).toBe(39);
    for (const { body } of packaged) {
      const n = Number(body.messageId.slice(-12));
      expect([body.subject, body.html]).toEqual([`Invoice INV-00123 for C${n}`, '<p>13,86\u00a0€</p>']);
    }
    const [refused] = await running.dispatched.count(1);
    expect(refused?.body).toMatchObject({
      messageId: idOf(7),
      content: { kind: 'refused', failure: { code: 'template.timeout', stage: 'render' } },
    });
  });

  it('makes documents as blobs', async () => {
    const pins = await build.pin(pinsOf());
    const { headers, body } = build.makeDocuments(pins);
    await running.bus.publish([outgoing(makeDocuments, onward(headers), body)]);
    const [answer] = await running.made.count(1);
    expect(answer?.body.result).toMatchObject({ kind: 'made', fileName: 'INV-00123.csv' });
  });

  it('checks templates over HTTP, with line and column', async () => {
    const answer = await running.client.call(checkTemplates, caller, {
      body: {
        parts: {
          subject: { kind: 'plain', source: 'Invoice @invoice.number' },
          html: { kind: 'html', source: '<p>\n@if (x {\n</p>' },
          text: { kind: 'plain', source: 'Write to\ninfo@billing.example' },
        },
      },
    });
    expect(answer.faults).toMatchObject([
      { part: 'html', code: 'template.syntax-error', line: 2 },
      { part: 'text', code: 'template.unknown-name', line: 2, column: 6 },
    ]);
  });

  it('previews templates over HTTP with given data', async () => {
    const answer = await running.client.call(previewTemplates, caller, {
      body: {
        parts: {
          subject: { outputType: 'text', source: 'Invoice @invoice.number' },
          html: { outputType: 'html', source: '<p>@customer.nothing.more</p>' },
        },
        customer: busExamples.customer,
        invoices: [busExamples.invoice],
      },
    });
    expect(answer).toMatchObject({
      results: { subject: 'Invoice INV-00123' },
      faults: [{ part: 'html', code: 'template.failed', line: 1, column: 22 }],
    });
  });

  it('ends its processes when it shuts down', async () => {
    const { pids } = running.sandbox;
    expect(pids).toHaveLength(1);
    await running.stop();
    expect(() => process.kill(pids[0]!, 0)).toThrow();
  });
});
