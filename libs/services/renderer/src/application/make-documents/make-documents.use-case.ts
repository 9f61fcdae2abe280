import { createHash } from 'node:crypto';
import {
  documentMade,
  type BusHeaders,
  type BusMessage,
  type DocumentMade,
  type Failure,
  type MakeDocuments,
} from '@mailrun/contracts';
import type { BlobStore } from '@mailrun/platform-blobs';
import { onward, outgoing, type MessageBus } from '@mailrun/platform-messaging';
import type { DocumentProgram } from '../../domain/document-program.js';
import { frozenTimeMs, seedOf } from '../../domain/frozen-time.js';
import { oneLine } from '../../domain/one-line.js';
import { documentFormats } from '../../domain/output-type.js';
import { failureOf } from '../../domain/template-fault.js';
import type { RenderJob } from '../../domain/template-program.js';
import type { PinnedTemplatesCache } from '../pinned-templates.js';
import type { RenderOutcome, TemplateSandbox } from '../ports/template-sandbox.port.js';
import type { RendererMetrics } from '../renderer-metrics.js';
import { settledPins } from '../settled-pins.js';

/** A document that can not be made, and why. */
export interface RefusedDocument {
  readonly headers: BusHeaders;
  readonly documentId: string;
  readonly preparationId: string;
  readonly failure: Failure;
}

type Message = BusMessage<MakeDocuments>;
type Result = DocumentMade['result'];

/** Blobs written at the same time: each is flushed to disk or sent to a store. */
const maxWrites = 16;

/** Makes documents from their transformations' templates and keeps them as blobs. */
export class MakeMissingDocuments {
  constructor(
    private readonly sandbox: TemplateSandbox,
    private readonly pins: PinnedTemplatesCache,
    private readonly blobs: BlobStore,
    private readonly bus: MessageBus,
    private readonly metrics: RendererMetrics,
  ) {}

  /**
   * Publishes one `document-made` for each message. Nothing is published when a store or the sandbox is away: the
   * batch comes again, and what was kept is kept again under the same keys.
   *
   * @throws Outage when a store, the sandbox or the bus is away
   */
  async execute(batch: readonly Message[]): Promise<void> {
    const started = performance.now();
    const pinned = await settledPins(this.pins, batch);
    const jobs: RenderJob[] = [];
    const todo = batch.map(
      (message, at): Result | { readonly job: number; readonly document: DocumentProgram } => {
        const templates = pinned[at];
        if (templates === undefined || 'failure' in templates)
          return this.failed(templates?.failure ?? noTemplate(message));
        const document = templates.documents.get(message.body.transformationKey);
        if (!document) return this.failed(noTemplate(message));
        return { job: jobs.push(jobOf(message, document, templates.shared)) - 1, document };
      },
    );
    const outcomes = await this.sandbox.render(jobs);

    const results: Result[] = [];
    for (let start = 0; start < batch.length; start += maxWrites) {
      const writes = batch.slice(start, start + maxWrites).map(async (message, offset) => {
        const item = todo[start + offset];
        if (item === undefined || !('job' in item)) return item as Result;
        return await this.resultOf(message, item.document, outcomes[item.job]);
      });
      // Settled, so that nothing of the batch still works after it was given back.
      const settled = await Promise.allSettled(writes);
      for (const write of settled) {
        if (write.status === 'rejected') throw write.reason;
        results.push(write.value);
      }
    }
    await this.bus.publish(
      batch.map(({ headers, body: { documentId, preparationId } }, at) =>
        outgoing(documentMade, onward(headers), { documentId, preparationId, result: results[at] as Result }),
      ),
    );
    this.metrics.rendered('document', jobs.length, performance.now() - started);
  }

  /** Lets documents that could not even be read become failed ones, so that no preparation waits for them. */
  async refuse(documents: readonly RefusedDocument[]): Promise<void> {
    await this.bus.publish(
      documents.map(({ headers, documentId, preparationId, failure }) =>
        outgoing(documentMade, onward(headers), { documentId, preparationId, result: this.failed(failure) }),
      ),
    );
  }

  private async resultOf(
    { headers, body }: Message,
    { program, outputType }: DocumentProgram,
    outcome: RenderOutcome | undefined,
  ): Promise<Result> {
    if (!outcome) throw new Error('The sandbox answered fewer jobs than it was given.');
    if (outcome.kind === 'failed') return this.failed(failureOf(outcome.fault, program.parts));
    const [text = '', fileName = ''] = outcome.results;
    const { contentType, extension } = documentFormats[outputType];
    const bytes = Buffer.from(text, 'utf8');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    // By content: the same document made again is the same blob.
    const content = await this.blobs.put(`documents/${headers.tenantId}/${sha256}`, bytes, {
      contentType,
      sha256,
    });
    return {
      kind: 'made',
      content,
      contentType,
      fileName: oneLine(fileName) || `${body.transformationKey}.${extension}`,
    };
  }

  private failed(failure: Failure): Result {
    this.metrics.refused(failure.code);
    return { kind: 'failed', failure };
  }
}

function jobOf(
  { headers, body }: Message,
  { program }: DocumentProgram,
  shared: RenderJob['shared'],
): RenderJob {
  return {
    program,
    shared,
    customer: body.customer,
    invoices: [body.invoice],
    nowMs: frozenTimeMs(body.documentId, headers.producedAt),
    seed: seedOf(body.documentId),
    renderings: [
      { part: 0, invoice: 0 },
      { part: 1, invoice: 0 },
    ],
  };
}

const noTemplate = ({ body }: Message): Failure => ({
  code: 'template.missing',
  detail: `The transformation ${body.transformationKey} has no template: upload its documents.`,
  stage: 'render',
});
