import { Controller } from '@nestjs/common';
import { checkTemplates, previewTemplates } from '@mailrun/contracts';
import { Serves, type Call, type HttpAnswer } from '@mailrun/platform-http';
import { CheckTemplates } from '../application/check-templates/check-templates.use-case.js';
import { PreviewTemplates } from '../application/preview-templates/preview-templates.use-case.js';

@Controller()
export class TemplatesController {
  constructor(
    private readonly checkTemplates: CheckTemplates,
    private readonly previewTemplates: PreviewTemplates,
  ) {}

  @Serves(checkTemplates)
  async check({ body }: Call<typeof checkTemplates>): Promise<HttpAnswer> {
    return { body: { faults: await this.checkTemplates.execute(body.parts) } };
  }

  @Serves(previewTemplates)
  async preview({ context, body }: Call<typeof previewTemplates>): Promise<HttpAnswer> {
    return { body: await this.previewTemplates.execute(context.tenantId, body) };
  }
}
