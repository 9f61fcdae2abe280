import type { TemplateFault } from '@mailrun/contracts';
import { TemplateChecker } from './template-checker.port.js';

/** Takes everything but sources that hold an unclosed `@{`. */
export class FakeTemplateChecker extends TemplateChecker {
  override check(
    _tenantId: string,
    parts: Readonly<Record<string, { readonly source: string }>>,
  ): Promise<readonly TemplateFault[]> {
    const faults = Object.entries(parts).flatMap(([part, { source }]): TemplateFault[] => {
      const at = source.indexOf('@{');
      if (at < 0 || source.includes('}', at)) return [];
      const before = source.slice(0, at).split('\n');
      return [
        {
          part,
          code: 'template.syntax-error',
          detail: 'The block is not closed.',
          line: before.length,
          column: (before.at(-1)?.length ?? 0) + 1,
        },
      ];
    });
    return Promise.resolve(faults);
  }
}
