import { FakeTemplateSandbox } from '../ports/template-sandbox.fake.js';
import { CheckTemplates } from './check-templates.use-case.js';

describe('checking templates', () => {
  it('names the part of each fault as the configuration does', async () => {
    const faults = await new CheckTemplates(new FakeTemplateSandbox()).execute({
      subject: { kind: 'plain', source: '@invoice.number' },
      html: { kind: 'html', source: '<p>\n@nobody</p>' },
    });
    expect(faults).toEqual([
      {
        part: 'html',
        code: 'template.unknown-name',
        detail: '"nobody" is not known here.',
        line: 2,
        column: 1,
      },
    ]);
  });
});
