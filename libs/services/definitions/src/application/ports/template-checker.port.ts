import type { TemplateFault } from '@mailrun/contracts';

/** Whether templates compile; answered by the renderer, the only one that runs them. */
export abstract class TemplateChecker {
  /** @param parts by name of the field (`subject`, `html`, …); `plain` ones are rendered unescaped */
  abstract check(
    tenantId: string,
    parts: Readonly<Record<string, { readonly kind: 'html' | 'plain'; readonly source: string }>>,
  ): Promise<readonly TemplateFault[]>;
}
