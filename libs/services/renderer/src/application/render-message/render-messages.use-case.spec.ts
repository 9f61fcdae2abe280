import { busExamples, dispatchMessage, packageMessage, type RunPins } from '@mailrun/contracts';
import { MemoryBlobStore } from '@mailrun/platform-blobs/testing';
import { Outage } from '@mailrun/platform-errors';
import { RecordingBus } from '@mailrun/platform-messaging/testing';
import { Metrics } from '@mailrun/platform-telemetry';
import { PinnedRunBuilder, pinsOf } from '../../testing/pinned-run.builder.js';
import { PinnedTemplatesCache } from '../pinned-templates.js';
import { FakeTemplateSandbox } from '../ports/template-sandbox.fake.js';
import { RendererMetrics } from '../renderer-metrics.js';
import { RenderMessages } from './render-messages.use-case.js';

const { renderMessage, exampleHeaders } = busExamples;
const [document] = renderMessage.documents;

function given() {
  const blobs = new MemoryBlobStore();
  const bus = new RecordingBus();
  const sandbox = new FakeTemplateSandbox();
  const metrics = new Metrics();
  const cache = new PinnedTemplatesCache(blobs, 1e6);
  const useCase = new RenderMessages(sandbox, cache, bus, new RendererMetrics(metrics));
  return { blobs, bus, sandbox, metrics, useCase, build: new PinnedRunBuilder(blobs) };
}

async function rendered(
  pins: Partial<RunPins>,
  message: Parameters<PinnedRunBuilder['renderMessage']>[1] = {},
) {
  const { build, useCase, bus } = given();
  await useCase.execute([build.renderMessage(await build.pin(pinsOf(pins)), message)]);
  return { packaged: bus.bodiesOf(packageMessage)[0], refused: bus.bodiesOf(dispatchMessage)[0], bus };
}

describe('rendering a message', () => {
  it('hands subject, bodies, names and everything else on to the packager', async () => {
    const { packaged, bus } = await rendered(
      {},
      { documents: [{ ...document!, fileName: undefined! }].map(({ fileName: _, ...rest }) => rest) },
    );
    expect(packaged).toEqual({
      messageId: renderMessage.messageId,
      copy: 1,
      pins: expect.objectContaining({ sizeBytes: expect.any(Number) as number }) as object,
      customer: { id: renderMessage.customer.id, code: 'C0002' },
      subject: 'Invoice INV-00123',
      html: '<p>Leonie Köhler</p>',
      text: 'Dear Leonie Köhler',
      recipients: renderMessage.recipients,
      attachments: [
        { fileName: 'Invoice-INV-00123.pdf', contentType: 'application/pdf', content: document!.content },
      ],
      archiveName: 'INV-00123.zip',
      password: renderMessage.password,
    });
    expect(bus.published.items[0]?.headers).toMatchObject({
      tenantId: exampleHeaders.tenantId,
      runId: exampleHeaders.runId,
      fedAt: exampleHeaders.fedAt,
    });
  });

  it('keeps the file names of uploads, and names the rest by the invoice that each belongs to', async () => {
    const [invoice] = renderMessage.invoices;
    const second = { ...invoice!, id: '019351a0-0000-7000-8000-000000000499', number: 'INV-2' };
    const { fileName: _, ...unnamed } = document!;
    const { packaged } = await rendered(
      { zip: false },
      {
        invoices: [invoice!, second],
        documents: [
          { ...unnamed, invoiceId: second.id },
          { ...document!, fileName: 'Up\r\nload.pdf' },
          { ...unnamed, transformationKey: 'unknown' },
          unnamed,
        ],
      },
    );
    expect(packaged?.attachments.map(({ fileName }) => fileName)).toEqual([
      'Invoice-INV-2.pdf',
      'Up load.pdf',
      'unknown',
      'Invoice-INV-00123.pdf',
    ]);
    expect(packaged).not.toHaveProperty('archiveName');
  });

  it('makes one line of the subject, unescaped', async () => {
    const template = { key: 't', version: 1, subject: '@customer.name', text: 'x' };
    const customer = { ...renderMessage.customer, name: 'A & B\r\nBcc: evil@z.example' };
    const { packaged } = await rendered({ template }, { customer });
    expect(packaged?.subject).toBe('A & B Bcc: evil@z.example');
    expect(packaged).not.toHaveProperty('html');
  });

  it('refuses it at the dispatcher when a template fails, saying where', async () => {
    const { packaged, refused } = await rendered({
      template: { key: 't', version: 1, subject: 'ok', html: '<p>\n @nobody.name</p>' },
    });
    expect(packaged).toBeUndefined();
    expect(refused).toEqual({
      messageId: renderMessage.messageId,
      copy: 1,
      content: {
        kind: 'refused',
        failure: {
          code: 'template.failed',
          detail: 'HTML body, line 2, column 2: "nobody" is not known here.',
          stage: 'render',
          line: 2,
          column: 2,
        },
      },
    });
  });

  it('refuses it when the pins are missing, damaged or none, and renders its neighbours', async () => {
    const { build, useCase, bus, blobs, metrics } = given();
    const pins = await build.pin(pinsOf());
    const nonsense = await build.pin(Buffer.from('{'));
    const other = await build.pin(pinsOf({ zip: false }));
    await blobs.delete(other.key);
    const ids = ['1', '2', '3'].map((n) => `019351a0-0000-7000-8000-00000000010${n}`);
    await useCase.execute(
      [nonsense, pins, other].map((ref, index) => build.renderMessage(ref, { messageId: ids[index]! })),
    );
    expect(bus.bodiesOf(packageMessage).map(({ messageId }) => messageId)).toEqual([ids[1]]);
    expect(bus.bodiesOf(dispatchMessage)).toMatchObject(
      [ids[0], ids[2]].map((messageId) => ({
        messageId,
        content: { failure: { code: 'render.pins-damaged' } },
      })),
    );
    expect((await metrics.render()).text).toContain('refused_items_total{code="render.pins-damaged"} 2');
  });

  it('publishes nothing when the store or the sandbox is away', async () => {
    const { build, useCase, bus, blobs, sandbox } = given();
    const message = build.renderMessage(await build.pin(pinsOf()));
    blobs.unreachable = true;
    await expect(useCase.execute([message])).rejects.toThrow(Outage);
    blobs.unreachable = false;
    sandbox.outage = new Outage('renderer.sandbox-unavailable', 'away');
    await expect(useCase.execute([message])).rejects.toThrow('away');
    expect(bus.published.items).toEqual([]);
  });

  it('gives the same time and chance to every rendering of one message, and its own to each', async () => {
    const { build, useCase, sandbox } = given();
    const pins = await build.pin(pinsOf());
    const other = '019351a1-0000-7000-8000-000000000102';
    await useCase.execute([build.renderMessage(pins), build.renderMessage(pins, { copy: 2 })]);
    await useCase.execute([build.renderMessage(pins, { messageId: other })]);
    const [first, again, next] = sandbox.jobs.map(({ nowMs, seed }) => [nowMs, seed]);
    expect(again).toEqual(first);
    expect(next).not.toEqual(first);
    expect(first?.[0]).toBe(0x019351a00000);
  });

  it('keeps tenants apart even when their pins are the same', async () => {
    const { build, useCase, sandbox } = given();
    const pins = await build.pin(pinsOf());
    const message = build.renderMessage(pins);
    const tenantId = '019351a0-0000-7000-8000-000000000009';
    await useCase.execute([message, { ...message, headers: { ...message.headers, tenantId } }]);
    const [mine, theirs] = sandbox.jobs.map(({ program }) => program.key);
    expect(theirs).not.toBe(mine);
  });
});
