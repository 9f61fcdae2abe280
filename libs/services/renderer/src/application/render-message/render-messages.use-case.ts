import {
  dispatchMessage,
  packageMessage,
  type BusHeaders,
  type BusMessage,
  type Failure,
  type PackageMessage,
  type RenderMessage,
} from '@mailrun/contracts';
import { onward, outgoing, type MessageBus, type Outgoing } from '@mailrun/platform-messaging';
import { frozenTimeMs, seedOf } from '../../domain/frozen-time.js';
import { oneLine } from '../../domain/one-line.js';
import { failureOf } from '../../domain/template-fault.js';
import type { RenderJob, Rendering } from '../../domain/template-program.js';
import type { PinnedTemplates, PinnedTemplatesCache } from '../pinned-templates.js';
import type { TemplateSandbox } from '../ports/template-sandbox.port.js';
import type { RendererMetrics } from '../renderer-metrics.js';
import { settledPins } from '../settled-pins.js';

/** A copy that can not be rendered, and why. */
export interface RefusedCopy {
  readonly headers: BusHeaders;
  readonly messageId: string;
  readonly copy: number;
  readonly failure: Failure;
}

/** Renders subject, bodies and file names of a batch of mails. */
export class RenderMessages {
  constructor(
    private readonly sandbox: TemplateSandbox,
    private readonly pins: PinnedTemplatesCache,
    private readonly bus: MessageBus,
    private readonly metrics: RendererMetrics,
  ) {}

  /**
   * Publishes one message for each: `package-message`, or `dispatch-message` with the refusal. Nothing is published
   * when a store or the sandbox is away: the batch comes again.
   *
   * @throws Outage when a store, the sandbox or the bus is away
   */
  async execute(batch: readonly BusMessage<RenderMessage>[]): Promise<void> {
    const started = performance.now();
    const pinned = await settledPins(this.pins, batch);
    const jobs: RenderJob[] = [];
    const toRender: { readonly at: number; readonly templates: PinnedTemplates }[] = [];
    const published: Outgoing[] = [];
    for (const [at, message] of batch.entries()) {
      const templates = pinned[at];
      if (templates === undefined) continue;
      if ('failure' in templates)
        published[at] = this.refusal({ ...copyOf(message), failure: templates.failure });
      else {
        jobs.push(jobOf(message, templates));
        toRender.push({ at, templates });
      }
    }

    const outcomes = await this.sandbox.render(jobs);
    for (const [index, { at, templates }] of toRender.entries()) {
      const message = batch[at];
      const outcome = outcomes[index];
      if (!message || !outcome) throw new Error('The sandbox answered fewer jobs than it was given.');
      if (outcome.kind === 'failed') {
        const failure = failureOf(outcome.fault, templates.message.program.parts);
        published[at] = this.refusal({ ...copyOf(message), failure });
      } else {
        const body = packageMessageOf(message.body, templates, outcome.results);
        published[at] = outgoing(packageMessage, onward(message.headers), body);
      }
    }
    await this.bus.publish(published);
    this.metrics.rendered('message', jobs.length, performance.now() - started);
  }

  /** Lets messages that could not even be read become outcomes, so that no run waits for them. */
  async refuse(copies: readonly RefusedCopy[]): Promise<void> {
    await this.bus.publish(copies.map((copy) => this.refusal(copy)));
  }

  private refusal({ headers, messageId, copy, failure }: RefusedCopy): Outgoing {
    this.metrics.refused(failure.code);
    return outgoing(dispatchMessage, onward(headers), {
      messageId,
      copy,
      content: { kind: 'refused', failure },
    });
  }
}

const copyOf = ({ headers, body: { messageId, copy } }: BusMessage<RenderMessage>) => ({
  headers,
  messageId,
  copy,
});

/** Subject, HTML, text and archive name first, in this order, as far as there are any; then the file names. */
function jobOf(
  { headers, body }: BusMessage<RenderMessage>,
  { message, shared }: PinnedTemplates,
): RenderJob {
  const { subject, html, text, archiveName, fileNames, program } = message;
  const renderings: Rendering[] = [];
  for (const part of [subject, html, text, archiveName]) {
    if (part !== undefined) renderings.push({ part, invoice: 0 });
  }
  for (const document of body.documents) {
    const part = fileNames.get(document.transformationKey);
    if (document.fileName !== undefined || part === undefined) continue;
    const invoice = body.invoices.findIndex(({ id }) => id === document.invoiceId);
    renderings.push({ part, invoice: Math.max(0, invoice) });
  }
  return {
    program,
    shared,
    customer: body.customer,
    invoices: body.invoices,
    nowMs: frozenTimeMs(body.messageId, headers.producedAt),
    seed: seedOf(body.messageId),
    renderings,
  };
}

function packageMessageOf(
  body: RenderMessage,
  { message }: PinnedTemplates,
  results: readonly string[],
): PackageMessage {
  let index = 0;
  const next = () => results[index++] ?? '';
  const subject = oneLine(next());
  const html = message.html === undefined ? undefined : next();
  const text = message.text === undefined ? undefined : next();
  const archiveName = message.archiveName === undefined ? undefined : oneLine(next());
  return {
    messageId: body.messageId,
    copy: body.copy,
    pins: body.pins,
    customer: { id: body.customer.id, code: body.customer.code },
    subject,
    ...(html !== undefined && { html }),
    ...(text !== undefined && { text }),
    recipients: body.recipients,
    attachments: body.documents.map(({ transformationKey, fileName, contentType, content }) => ({
      // A transformation that the run did not pin has no pattern: its key is a name.
      fileName: oneLine(fileName ?? (message.fileNames.has(transformationKey) ? next() : transformationKey)),
      contentType,
      content,
    })),
    ...(archiveName !== undefined && { archiveName }),
    ...(body.password && { password: body.password }),
  };
}
