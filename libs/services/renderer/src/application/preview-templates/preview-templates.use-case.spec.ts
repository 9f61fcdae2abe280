import { busExamples } from '@mailrun/contracts';
import { FakeTemplateSandbox } from '../ports/template-sandbox.fake.js';
import { PreviewTemplates } from './preview-templates.use-case.js';

const { customer, invoice, exampleHeaders } = busExamples;

describe('previewing templates', () => {
  it('renders every part that it can and says what is wrong with the others', async () => {
    const preview = await new PreviewTemplates(new FakeTemplateSandbox()).execute(exampleHeaders.tenantId, {
      parts: {
        subject: { outputType: 'html', source: 'For @customer.name\nof @run.periodLastDay' },
        html: { outputType: 'html', source: '<p>@customer.name</p>' },
        text: { outputType: 'text', source: 'a\nb @nobody' },
      },
      customer: { ...customer, name: 'A & B' },
      invoices: [invoice],
    });
    expect(preview).toEqual({
      results: { subject: 'For A & B of 2025-05-31', html: '<p>A &amp; B</p>' },
      faults: [
        { part: 'text', code: 'template.failed', detail: '"nobody" is not known here.', line: 2, column: 3 },
      ],
    });
  });
});
