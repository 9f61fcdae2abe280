import { inflateSync } from 'node:zlib';
import { makeInvoicePdf } from './invoice-pdf.js';
import { drawLogo } from './logo.js';

const logo = drawLogo();
const customer = {
  code: 'C0049',
  cluster: 'POLAND',
  firstName: 'Stanisław',
  lastName: 'Wójcik',
  company: null,
  address: { street: 'Ordynacka 10', city: 'Warsaw', state: null, postalCode: '00-358', country: 'Poland' },
  phone: null,
  email: 'stanisław.wójcik@wp.pl.example',
};
const invoiceOf = (lines: number) => ({
  number: 'INV-00064',
  customer: 'C0049',
  date: '2021-10-07',
  currency: 'USD',
  total: 0.99 * lines,
  lines: Array.from({ length: lines }, (_, n) => ({
    description: `Meditação ${n + 1}`,
    artist: 'Os Paralamas',
    album: 'Arquivo',
    quantity: 1,
    unitPrice: 0.99,
  })),
});

/** The shown text, roughly: the strings of all content streams, one for each place. */
function textOf(pdf: Buffer): string[] {
  const texts: string[] = [];
  for (let at = pdf.indexOf('stream\n'); at >= 0; at = pdf.indexOf('stream\n', at + 1)) {
    const bytes = pdf.subarray(at + 7, pdf.indexOf('\nendstream', at));
    if (bytes[0] !== 0x78) continue;
    const content = inflateSync(bytes).toString('latin1');
    for (const [, array] of content.matchAll(/\[([^\]]*)\] TJ/g)) {
      const hex = [...(array ?? '').matchAll(/<([0-9a-f]*)>/g)].map(([, digits]) => digits).join('');
      texts.push(new TextDecoder('windows-1252').decode(Buffer.from(hex, 'hex')));
    }
  }
  return texts;
}

const pages = (pdf: Buffer) => pdf.toString('latin1').match(/\/Type \/Page\b/g)?.length;

describe('makeInvoicePdf', () => {
  it('shows the invoice on one page, with amounts as the customer writes them', async () => {
    const pdf = await makeInvoicePdf(invoiceOf(2), customer, logo);
    expect(pages(pdf)).toBe(1);
    expect(textOf(pdf)).toEqual(
      expect.arrayContaining([
        'Stanislaw Wójcik',
        'INV-00064',
        '1 October 2021 – 31 October 2021',
        'Meditação 2',
        'Os Paralamas – Arquivo',
        '1,98\u00a0USD',
      ]),
    );
  });

  it('goes on to a second page when there are many lines', async () => {
    const pdf = await makeInvoicePdf(invoiceOf(30), customer, logo);
    expect(pages(pdf)).toBe(2);
    expect(textOf(pdf)).toContain('Meditação 30');
  });

  it('gives the same bytes for the same invoice', async () => {
    const [one, two] = await Promise.all([0, 1].map(() => makeInvoicePdf(invoiceOf(3), customer, logo)));
    expect(one?.equals(two ?? Buffer.alloc(0))).toBe(true);
  });
});
