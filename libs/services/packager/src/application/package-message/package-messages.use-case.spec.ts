import { dispatchMessage } from '@mailrun/contracts';
import { MemoryBlobStore } from '@mailrun/platform-blobs/testing';
import { readSettings } from '@mailrun/platform-config';
import { Outage } from '@mailrun/platform-errors';
import { RecordingBus } from '@mailrun/platform-messaging/testing';
import { Metrics } from '@mailrun/platform-telemetry';
import { PackageMessageBuilder, testSecrets } from '../../testing/package-message.builder.js';
import { PackagerMetrics } from '../packager-metrics.js';
import { packagerSettings } from '../packager-settings.js';
import { FakeArchiveWriter } from '../ports/archive-writer.fake.js';
import { SealMessage } from '../seal-message/seal-message.js';
import { PackageMessages } from './package-messages.use-case.js';

function setUp() {
  const blobs = new MemoryBlobStore();
  const secrets = testSecrets();
  const { settings } = readSettings({}, { settings: packagerSettings });
  const seal = new SealMessage(blobs, new FakeArchiveWriter(), secrets, settings);
  const bus = new RecordingBus();
  const metrics = new Metrics();
  const packageMessages = new PackageMessages(
    seal,
    bus,
    new PackagerMetrics(metrics, () => seal.inFlightBytes),
  );
  return { blobs, bus, metrics, packageMessages, build: new PackageMessageBuilder(blobs, secrets) };
}

describe('packaging a batch', () => {
  it('hands on each mail, or why there is none, in order and with the headers it came with', async () => {
    const { bus, metrics, packageMessages, build } = setUp();
    const batch = [
      await build.message(),
      await build.message({ runPins: { passwordKey: 'invoices' } }),
      await build.message({ mode: 'test', runPins: { testAddress: 'test@billing.example' } }),
    ];
    await packageMessages.execute(batch);
    const bodies = bus.bodiesOf(dispatchMessage);
    expect(bodies.map(({ messageId }) => messageId)).toEqual(batch.map(({ body }) => body.messageId));
    expect(bodies.map(({ content }) => content.kind)).toEqual(['sealed', 'refused', 'sealed']);
    expect(bodies[1]!.content).toEqual({
      kind: 'refused',
      failure: {
        code: 'package.zip-off',
        detail: expect.stringContaining('Turn zip on') as string,
        stage: 'package',
      },
    });
    expect(bus.published.items.map(({ headers }) => headers.mode)).toEqual(['live', 'live', 'test']);
    const { tenantId, runId, round, fedAt } = batch[0]!.headers;
    expect(bus.published.items[0]!.headers).toMatchObject({ tenantId, runId, round, fedAt });
    const { text } = await metrics.render();
    expect(text).toContain('mailrun_packager_refused_messages_total{code="package.zip-off"} 1');
    expect(text).toContain('mailrun_packager_mail_size_bytes_count{protection="none"} 2');
  });

  it('publishes nothing while the store is away, and everything when the batch comes again', async () => {
    const { blobs, bus, packageMessages, build } = setUp();
    const batch = [
      await build.message(),
      await build.message({ attachments: [await build.attachment('a.pdf', 'x')] }),
    ];
    blobs.unreachable = true;
    await expect(packageMessages.execute(batch)).rejects.toBeInstanceOf(Outage);
    expect(bus.published.items).toEqual([]);
    blobs.unreachable = false;
    await packageMessages.execute(batch);
    expect(bus.published.items).toHaveLength(2);
  });

  it('refuses copies that could not be read', async () => {
    const { bus, packageMessages, build } = setUp();
    const { headers, body } = await build.message();
    await packageMessages.refuse([
      {
        headers,
        messageId: body.messageId,
        copy: 1,
        code: 'messaging.invalid-message',
        detail: 'x'.repeat(5000),
      },
    ]);
    expect(bus.bodiesOf(dispatchMessage)).toEqual([
      {
        messageId: body.messageId,
        copy: 1,
        content: {
          kind: 'refused',
          failure: { code: 'messaging.invalid-message', detail: 'x'.repeat(2000), stage: 'package' },
        },
      },
    ]);
  });
});
