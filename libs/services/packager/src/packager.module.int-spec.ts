import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { Controller, Global, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  dispatchMessage,
  packageMessage,
  type BusMessage,
  type DispatchMessage,
  type PackageMessage,
} from '@mailrun/contracts';
import { BlobStore, FolderBlobStore } from '@mailrun/platform-blobs';
import { readSettings } from '@mailrun/platform-config';
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
import { SecretBox } from '@mailrun/platform-secrets';
import { Logger, Metrics } from '@mailrun/platform-telemetry';
import { RecordingLogger } from '@mailrun/platform-telemetry/testing';
import { describeWithTools, requireTool } from '@mailrun/testing';
import { simpleParser } from 'mailparser';
import { packagerSettings } from './application/packager-settings.js';
import { PackagerModule } from './packager.module.js';
import { PackageMessageBuilder, testSecrets } from './testing/package-message.builder.js';

const run = promisify(execFile);

/** The packager on the in-process bus over a folder of blobs, and someone who takes what it publishes. */
class Running {
  readonly dispatched = new Collected<BusMessage<DispatchMessage>>();
  readonly deadLetters = new InMemoryDeadLetterStore();
  readonly bus = new InProcessBroker({ deadLetters: this.deadLetters, retryDelayMs: 1 });
  readonly secrets = testSecrets();
  private readonly apps: INestMicroservice[] = [];

  private constructor(
    readonly folder: string,
    readonly blobs: FolderBlobStore,
  ) {}

  static async start(): Promise<Running> {
    const folder = await mkdtemp(join(tmpdir(), 'mailrun-packager-'));
    const running = new Running(folder, await FolderBlobStore.open(folder));
    await running.listen();
    return running;
  }

  get build(): PackageMessageBuilder {
    return new PackageMessageBuilder(this.blobs, this.secrets);
  }

  publish(...messages: readonly BusMessage<PackageMessage>[]): Promise<void> {
    return this.bus.publish(
      messages.map(({ headers, body }) => outgoing(packageMessage, onward(headers), body)),
    );
  }

  async mailOf({ body: { content } }: BusMessage<DispatchMessage>) {
    if (content.kind === 'refused') throw new Error(content.failure.code);
    const { bytes } = content;
    return simpleParser(
      'inline' in bytes
        ? Buffer.from(bytes.inline, 'latin1')
        : await this.blobs.get(bytes.blobKey, { maxBytes: 1e8 }),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.close()));
    await this.blobs.close();
    await rm(this.folder, { recursive: true });
  }

  private async listen(): Promise<void> {
    const { bus, blobs, secrets, dispatched } = this;

    @Controller()
    class Dispatcher {
      @ConsumesBatch(dispatchMessage)
      async take(batch: readonly BusMessage<DispatchMessage>[]): Promise<void> {
        dispatched.add(...batch);
      }
    }

    @Module({ controllers: [Dispatcher] })
    class DispatcherModule {}

    @Global()
    @Module({
      providers: [
        { provide: BlobStore, useValue: blobs },
        { provide: SecretBox, useValue: secrets },
        { provide: MessageBus, useValue: bus },
        { provide: Metrics, useValue: new Metrics() },
        { provide: Logger, useValue: new RecordingLogger() },
      ],
      exports: [BlobStore, SecretBox, MessageBus, Metrics, Logger],
    })
    class Platform {}

    const { settings } = readSettings({}, { settings: packagerSettings });
    @Module({ imports: [Platform, PackagerModule.register({ settings })] })
    class PackagerProcess {}

    for (const [service, module] of [
      ['dispatcher', DispatcherModule],
      ['packager', PackagerProcess],
    ] as const) {
      const app = await NestFactory.createMicroservice(module, {
        strategy: new InProcessTransport({ broker: bus, service }),
        logger: ['error', 'fatal'],
      });
      await app.listen();
      this.apps.push(app);
    }
  }
}

// Waiting for an outcome has a deadline of its own, of 20 seconds.
jest.setTimeout(60_000);

describe('the packager on the bus', () => {
  let running: Running;
  beforeAll(async () => (running = await Running.start()));
  afterAll(() => running.stop());

  const outcomeOf = async (messageId: string) => {
    const isIt = ({ body }: BusMessage<DispatchMessage>) => body.messageId === messageId;
    return (await running.dispatched.until((items) => items.some(isIt))).find(isIt)!;
  };

  it('seals every message of a batch with its own document', async () => {
    const { build } = running;
    const documents = Array.from({ length: 60 }, (_, n) =>
      Buffer.concat([Buffer.from(`document ${n} `), randomBytes(20_000)]),
    );
    const messages = await Promise.all(
      documents.map(async (document, n) =>
        build.message({
          messageId: `019351a0-0000-7000-9000-${String(n).padStart(12, '0')}`,
          attachments: [await build.attachment('Rechnung Köhler.pdf', document)],
        }),
      ),
    );
    await running.publish(...messages);
    for (const [n, { body }] of messages.entries()) {
      const mail = await running.mailOf(await outcomeOf(body.messageId));
      expect(mail.attachments[0]!.filename).toBe('Rechnung Köhler.pdf');
      expect(mail.attachments[0]!.content.equals(documents[n]!)).toBe(true);
    }
  });

  it('refuses a message whose document was damaged on disk, while its neighbours go on', async () => {
    const { build } = running;
    const attachment = await build.attachment('a.pdf', 'will be lost');
    const messages = [
      await build.message({ messageId: '019351a0-0000-7000-a000-000000000001', attachments: [attachment] }),
      await build.message({ messageId: '019351a0-0000-7000-a000-000000000002' }),
    ];
    await running.blobs.delete(attachment.content.key);
    await running.publish(...messages);
    expect((await outcomeOf(messages[0]!.body.messageId)).body.content).toMatchObject({
      kind: 'refused',
      failure: { code: 'package.document-damaged', stage: 'package' },
    });
    expect((await outcomeOf(messages[1]!.body.messageId)).body.content.kind).toBe('sealed');
  });

  it('turns a record that it fails on again and again into a refusal', async () => {
    const { build } = running;
    const message = await build.message({ messageId: '019351a0-0000-7000-b000-000000000001' });
    const broken = jest.spyOn(running.secrets, 'open').mockImplementation(() => {
      throw new TypeError('a bug');
    });
    await running.publish({
      ...message,
      body: { ...message.body, password: build.sealedPassword('correct horse') },
    });
    const { body } = await outcomeOf(message.body.messageId);
    broken.mockRestore();
    expect(body.content).toMatchObject({
      kind: 'refused',
      failure: { code: 'package.failed', stage: 'package' },
    });
    expect(running.deadLetters.letters).toHaveLength(1);
  });

  describeWithTools(['7zz'], 'with an encrypted archive', () => {
    it("mails one that 7-Zip opens with the customer's password and no other", async () => {
      const { build } = running;
      const invoice = randomBytes(50_000);
      const message = await build.message({
        messageId: '019351a0-0000-7000-b000-000000000002',
        attachments: [
          await build.attachment('Rechnung №1.pdf', invoice),
          await build.attachment('lines.csv', 'a;b\r\n'.repeat(1000), 'text/csv'),
        ],
        archiveName: 'Rechnung Köhler.zip',
        runPins: { zip: true, passwordKey: 'invoices' },
        password: build.sealedPassword('correct horse'),
      });
      await running.publish(message);
      const mail = await running.mailOf(await outcomeOf(message.body.messageId));
      expect(mail.attachments.map(({ filename }) => filename)).toEqual(['Rechnung Köhler.zip']);
      const archive = join(running.folder, 'received.zip');
      await writeFile(archive, mail.attachments[0]!.content);
      const extract = (password: string) =>
        run(requireTool('7zz'), ['x', '-y', `-p${password}`, `-o${running.folder}/out`, archive]);
      await expect(extract('correct h0rse')).rejects.toThrow();
      await extract('correct horse');
      expect((await readFile(join(running.folder, 'out', 'Rechnung №1.pdf'))).equals(invoice)).toBe(true);
      expect(await readFile(join(running.folder, 'out', 'lines.csv'), 'utf8')).toBe('a;b\r\n'.repeat(1000));
    });
  });
});
