import type { TemplateFault as NamedFault } from '@mailrun/contracts';
import { namedFault, namedPart } from '../named-parts.js';
import type { TemplateSandbox } from '../ports/template-sandbox.port.js';

export type TemplatesToCheck = Readonly<
  Record<string, { readonly kind: 'html' | 'plain'; readonly source: string }>
>;

/** Says, before templates are saved or published, why they do not compile. */
export class CheckTemplates {
  constructor(private readonly sandbox: TemplateSandbox) {}

  /** Every fault, with line and column as far as known. @throws Outage when the sandbox is away */
  async execute(templates: TemplatesToCheck): Promise<NamedFault[]> {
    const parts = Object.entries(templates).map(([name, { kind, source }]) =>
      namedPart(name, kind === 'html' ? 'html' : 'text', source),
    );
    const faults = await this.sandbox.check(parts);
    return faults.map((fault) => namedFault(fault, parts));
  }
}
