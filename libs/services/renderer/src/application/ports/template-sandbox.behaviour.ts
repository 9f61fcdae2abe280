import { jobOf, part } from '../../testing/render-jobs.builder.js';
import type { TemplateSandbox } from './template-sandbox.port.js';

/** What every sandbox does. */
export function describeTemplateSandbox(name: string, open: () => TemplateSandbox): void {
  describe(`${name}, as a template sandbox`, () => {
    it('answers each job in order, with a result for each rendering', async () => {
      const parts = [part('@(invoice.number).pdf', 'line'), part('<p>@customer.name</p>')];
      const given = { customer: { name: 'A & B' }, invoices: [{ number: '1' }, { number: '2' }] };
      const renderings = [1, 0].map((invoice) => ({ part: 0, invoice }));
      const outcomes = await open().render([{ ...jobOf(parts, given), renderings }, jobOf(parts, given)]);
      expect(outcomes).toEqual([
        { kind: 'rendered', results: ['2.pdf', '1.pdf'] },
        { kind: 'rendered', results: ['1.pdf', '<p>A &amp; B</p>'] },
      ]);
    });

    it('answers a template that fails with its part and line, and the others with their results', async () => {
      const outcomes = await open().render([
        jobOf([part('fine', 'line'), part('<p>\n@nowhere</p>')]),
        jobOf([part('fine', 'line')]),
      ]);
      expect(outcomes).toMatchObject([
        { kind: 'failed', fault: { code: 'template.failed', part: 1, line: 2 } },
        { kind: 'rendered', results: ['fine'] },
      ]);
    });

    it('says what is wrong with templates without rendering them', async () => {
      const parts = [part('@invoice.number', 'line'), part('<p>\n@nowhere</p>')];
      expect(await open().check(parts)).toMatchObject([{ code: 'template.unknown-name', part: 1, line: 2 }]);
    });

    it('has nothing to say of nothing', async () => {
      expect([await open().render([]), await open().check([])]).toEqual([[], []]);
    });
  });
}
