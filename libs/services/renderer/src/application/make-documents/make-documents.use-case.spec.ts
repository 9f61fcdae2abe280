import { busExamples, documentMade, type RunPins } from '@mailrun/contracts';
import { MemoryBlobStore } from '@mailrun/platform-blobs/testing';
import { Outage } from '@mailrun/platform-errors';
import { RecordingBus } from '@mailrun/platform-messaging/testing';
import { Metrics } from '@mailrun/platform-telemetry';
import { PinnedRunBuilder, pinsOf } from '../../testing/pinned-run.builder.js';
import { PinnedTemplatesCache } from '../pinned-templates.js';
import { FakeTemplateSandbox } from '../ports/template-sandbox.fake.js';
import { RendererMetrics } from '../renderer-metrics.js';
import { MakeMissingDocuments } from './make-documents.use-case.js';

const { makeDocuments, exampleHeaders } = busExamples;

function given() {
  const blobs = new MemoryBlobStore();
  const bus = new RecordingBus();
  const sandbox = new FakeTemplateSandbox();
  const cache = new PinnedTemplatesCache(blobs, 1e6);
  const useCase = new MakeMissingDocuments(sandbox, cache, blobs, bus, new RendererMetrics(new Metrics()));
  const answers = () => bus.bodiesOf(documentMade);
  return { blobs, bus, sandbox, useCase, answers, build: new PinnedRunBuilder(blobs) };
}

const csv = (changes: Partial<RunPins['transformations'][number]>): Partial<RunPins> => ({
  transformations: [{ ...pinsOf().transformations[1]!, ...changes }],
});

describe('making documents', () => {
  it('keeps each as a blob by its content and answers where it is', async () => {
    const { blobs, useCase, answers, build } = given();
    await useCase.execute([build.makeDocuments(await build.pin(pinsOf()))]);
    const [answer] = answers();
    if (answer?.result.kind !== 'made') throw new Error('not made');
    const { content, contentType, fileName } = answer.result;
    expect({ contentType, fileName }).toEqual({
      contentType: 'text/csv; charset=utf-8',
      fileName: 'INV-00123.csv',
    });
    expect(content.key).toBe(`documents/${exampleHeaders.tenantId}/${content.sha256}`);
    expect((await blobs.get(content, { maxBytes: 1000 })).toString()).toBe('INV-00123;13.86');
    expect(answer).toMatchObject({
      documentId: makeDocuments.documentId,
      preparationId: makeDocuments.preparationId,
    });
  });

  it('names one whose pattern gives nothing by its transformation', async () => {
    const { useCase, answers, build } = given();
    const pins = await build.pin(pinsOf(csv({ fileNamePattern: '@invoice.data.nothing' })));
    await useCase.execute([build.makeDocuments(pins)]);
    expect(answers()).toMatchObject([{ result: { kind: 'made', fileName: 'invoice-csv.csv' } }]);
  });

  it('answers a template that fails with its line, and one that is not there', async () => {
    const { useCase, answers, build } = given();
    const failing = await build.pin(pinsOf(csv({ template: 'a\n@nobody.name' })));
    const pins = await build.pin(pinsOf());
    await useCase.execute([
      build.makeDocuments(failing),
      build.makeDocuments(pins, { transformationKey: 'invoice-pdf' }),
      build.makeDocuments(pins, { transformationKey: 'unknown' }),
      build.makeDocuments(pins),
    ]);
    expect(answers()).toMatchObject([
      {
        result: {
          failure: {
            code: 'template.failed',
            detail: 'Template of invoice-csv, line 2, column 1: "nobody" is not known here.',
            line: 2,
            column: 1,
          },
        },
      },
      { result: { failure: { code: 'template.missing' } } },
      { result: { failure: { code: 'template.missing' } } },
      { result: { kind: 'made' } },
    ]);
  });

  it('makes many, each from its own invoice, in their order', async () => {
    const { useCase, answers, build } = given();
    const pins = await build.pin(pinsOf());
    const batch = Array.from({ length: 50 }, (_, n) =>
      build.makeDocuments(pins, { invoice: { ...makeDocuments.invoice, number: `INV-${n}` } }),
    );
    await useCase.execute(batch);
    expect(answers().map(({ result }) => result.kind === 'made' && result.fileName)).toEqual(
      batch.map((_, n) => `INV-${n}.csv`),
    );
  });

  it('publishes nothing when the store is away', async () => {
    const { blobs, bus, useCase, build } = given();
    const message = build.makeDocuments(await build.pin(pinsOf()));
    await useCase.execute([message]);
    blobs.unreachable = true;
    await expect(useCase.execute([message])).rejects.toThrow(Outage);
    expect(bus.published.items).toHaveLength(1);
  });
});
