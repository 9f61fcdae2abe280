import { markOf, marksIn } from './document-mark.js';
import { smallPdf } from './small-pdf.js';

describe('smallPdf', () => {
  it('is a PDF whose table of objects is right, and names what it was given', () => {
    const mark = { company: 'Alpha', invoice: 'I (1)', customer: 'C-1' };
    const text = smallPdf(markOf({ ...mark, invoice: 'I-1' })).toString('latin1');
    expect(marksIn(text)).toEqual([{ ...mark, invoice: 'I-1' }]);
    const start = Number(/startxref\n(\d+)/.exec(text)?.[1]);
    expect(text.slice(start, start + 4)).toBe('xref');
    const offsets = [...text.matchAll(/^(\d{10}) 00000 n $/gm)].map((match) => Number(match[1]));
    expect(offsets.map((offset) => text.slice(offset, offset + 7))).toEqual(
      ['1', '2', '3', '4', '5'].map((number) => `${number} 0 obj`),
    );
  });
});
