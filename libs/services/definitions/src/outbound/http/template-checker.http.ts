import { Injectable } from '@nestjs/common';
import { checkTemplates } from '@mailrun/contracts';
import { RouteClient } from '@mailrun/platform-http';
import { TemplateChecker } from '../../application/ports/template-checker.port.js';

@Injectable()
export class HttpTemplateChecker extends TemplateChecker {
  constructor(private readonly client: RouteClient) {
    super();
  }

  async check(
    tenantId: string,
    parts: Readonly<Record<string, { readonly kind: 'html' | 'plain'; readonly source: string }>>,
  ) {
    const { faults } = await this.client.call(
      checkTemplates,
      { tenantId },
      { body: { parts: { ...parts } } },
    );
    return faults;
  }
}
