import { printable, printableJson } from './printable.js';

const hostile =
  '\u001b[2J\u0000\u009b31m\u202eevil\u2066\u200b\ufeff\r\nünï 🙂 \u2028' +
  String.fromCodePoint(0xd800, 0xe0001);

describe('foreign text', () => {
  it('is shown without anything that a terminal acts upon', () => {
    expect(printable(hostile)).toBe(
      '\\u{1b}[2J\\u{0}\\u{9b}31m\\u{202e}evil\\u{2066}\\u{200b}\\u{feff}\\u{d}\\u{a}ünï 🙂 \\u{2028}\\u{d800}\\u{e0001}',
    );
  });

  it('is the same text after JSON, which is as harmless', () => {
    const json = printableJson({ hostile });
    expect(json).toBe(printable(json));
    expect(JSON.parse(json)).toEqual({ hostile });
  });
});
