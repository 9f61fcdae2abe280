import type { TemplateFault } from '../../domain/template-fault.js';
import type { RenderJob, TemplatePart } from '../../domain/template-program.js';
import { TemplateSandbox, type RenderOutcome } from './template-sandbox.port.js';

const expression = /@(?:\(([\w.]+)\)|(\w+(?:\.\w+)*))/g;

/** Knows no more of Razor than names and their properties (`@customer.name`), and escapes in HTML. */
export class FakeTemplateSandbox extends TemplateSandbox {
  /** Thrown by the next calls while set. */
  outage: Error | undefined;
  readonly jobs: RenderJob[] = [];

  async render(jobs: readonly RenderJob[]): Promise<readonly RenderOutcome[]> {
    if (this.outage) throw this.outage;
    this.jobs.push(...jobs);
    return jobs.map((job) => {
      const results: string[] = [];
      for (const { part, invoice } of job.renderings) {
        const template = job.program.parts[part];
        if (!template) throw new Error(`There is no part ${part}.`);
        const { customer, invoices, shared } = job;
        const names = {
          customer,
          invoice: invoices[invoice],
          invoices,
          run: shared.run,
          definition: shared.definition,
        };
        const [fault] = faultsOf(template, part, names);
        if (fault) return { kind: 'failed', fault: { ...fault, code: 'template.failed' } };
        results.push(
          template.source.replace(expression, (_, a, b) => shown(valueOf(names, a ?? b), template)),
        );
      }
      return { kind: 'rendered', results };
    });
  }

  async check(parts: readonly TemplatePart[]): Promise<readonly TemplateFault[]> {
    if (this.outage) throw this.outage;
    const names = { customer: {}, invoice: {}, invoices: {}, run: {}, definition: {} };
    return parts.flatMap((part, index) => faultsOf(part, index, names));
  }
}

function faultsOf({ source }: TemplatePart, part: number, names: object): TemplateFault[] {
  return [...source.matchAll(expression)]
    .map((match) => ({ root: (match[1] ?? match[2] ?? '').split('.')[0] ?? '', at: match.index }))
    .filter(({ root }) => !(root in names))
    .map(({ root, at }) => {
      const before = source.slice(0, at).split('\n');
      const place = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
      return { code: 'template.unknown-name', detail: `"${root}" is not known here.`, part, ...place };
    });
}

const valueOf = (names: object, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], names);

function shown(value: unknown, { output }: TemplatePart): string {
  const text = String(value ?? '');
  return output === 'html' ? text.replaceAll('&', '&amp;').replaceAll('<', '&lt;') : text;
}
