import { toWinAnsi } from './win-ansi.js';

describe('toWinAnsi', () => {
  it('keeps what the standard fonts have', () => {
    expect(toWinAnsi('Ärger, São José, Køb, Šárka – 5 €')).toBe('Ärger, São José, Køb, Šárka – 5 €');
  });

  it('takes marks off what they do not have', () => {
    expect(toWinAnsi('Stanisław Wójcik, źródło, Dvořák, Đặng')).toBe(
      'Stanislaw Wójcik, zródlo, Dvorák, Dang',
    );
  });

  it('composes marks first, and shows a question mark for other alphabets', () => {
    expect(toWinAnsi('e\u0301 1\u202f000 請')).toBe('é 1\u00a0000 ?');
  });
});
