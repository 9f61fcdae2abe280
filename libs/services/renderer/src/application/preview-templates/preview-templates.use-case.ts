import type {
  CustomerSnapshot,
  InvoiceSnapshot,
  OutputType,
  TemplateFault as NamedFault,
} from '@mailrun/contracts';
import { programOf } from '../../domain/message-program.js';
import { oneLine } from '../../domain/one-line.js';
import { namedFault, namedPart } from '../named-parts.js';
import type { TemplateSandbox } from '../ports/template-sandbox.port.js';

export interface TemplatesToPreview {
  readonly parts: Readonly<Record<string, { readonly outputType: OutputType; readonly source: string }>>;
  readonly customer: CustomerSnapshot;
  readonly invoices: readonly InvoiceSnapshot[];
}

export interface Preview {
  /** By part, of those that rendered. */
  readonly results: Record<string, string>;
  readonly faults: NamedFault[];
}

/** Renders templates that may not be published yet, with given data. */
export class PreviewTemplates {
  constructor(private readonly sandbox: TemplateSandbox) {}

  /** @throws Outage when the sandbox is away */
  async execute(tenantId: string, { parts, customer, invoices }: TemplatesToPreview): Promise<Preview> {
    const templates = Object.entries(parts).map(([name, { outputType, source }]) =>
      namedPart(name, outputType, source),
    );
    const [invoice] = invoices;
    const shared = {
      // There is no run yet: one like it, so that a template that names it can be seen.
      run: {
        id: '00000000-0000-7000-8000-000000000000',
        ...(invoice && { periodFirstDay: invoice.periodFirstDay, periodLastDay: invoice.periodLastDay }),
      },
      definition: { key: 'preview', version: 1, name: 'Preview' },
    };
    // Each part alone: one that fails must not hide the others.
    const outcomes = await this.sandbox.render(
      templates.map((part) => ({
        program: programOf(tenantId, [part]),
        shared,
        customer,
        invoices,
        nowMs: Date.now(),
        seed: 0,
        renderings: [{ part: 0, invoice: 0 }],
      })),
    );
    const results: Record<string, string> = {};
    const faults: NamedFault[] = [];
    for (const [index, { label, output }] of templates.entries()) {
      const outcome = outcomes[index];
      if (outcome?.kind === 'rendered') {
        const [text = ''] = outcome.results;
        results[label] = output === 'line' ? oneLine(text) : text;
      } else if (outcome) faults.push(namedFault({ ...outcome.fault, part: index }, templates));
    }
    return { results, faults };
  }
}
