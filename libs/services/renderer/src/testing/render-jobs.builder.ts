import type { CustomerSnapshot, InvoiceSnapshot } from '@mailrun/contracts';
import { busExamples } from '@mailrun/contracts';
import type { PartOutput, RenderJob, RunModel, TemplatePart } from '../domain/template-program.js';

export const part = (source: string, output: PartOutput = 'html'): TemplatePart => ({
  label: output === 'line' ? 'Subject' : 'HTML body',
  output,
  source,
});

interface Given {
  readonly tenant?: string;
  readonly customer?: Partial<CustomerSnapshot>;
  readonly invoices?: readonly Partial<InvoiceSnapshot>[];
  readonly shared?: RunModel;
  readonly nowMs?: number;
  readonly seed?: number;
}

/** A job that renders each part once, with the first invoice. */
export function jobOf(parts: readonly TemplatePart[], given: Given = {}): RenderJob {
  return {
    program: { key: `${given.tenant ?? 'tenant-a'} ${JSON.stringify(parts)}`, parts },
    shared: given.shared ?? {},
    customer: { ...busExamples.customer, ...given.customer },
    invoices: (given.invoices ?? [{}]).map((invoice) => ({ ...busExamples.invoice, ...invoice })),
    nowMs: given.nowMs ?? Date.UTC(2025, 5, 1, 8),
    seed: given.seed ?? 1,
    renderings: parts.map((_, index) => ({ part: index, invoice: 0 })),
  };
}
