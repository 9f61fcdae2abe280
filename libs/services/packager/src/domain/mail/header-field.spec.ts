import { headerField, unstructured } from './header-field.js';
import { formatMailbox } from './mailbox.js';

describe('a header field', () => {
  it('is one line when it is short', () => {
    expect(headerField('Subject', 'Your invoice')).toBe('Subject: Your invoice\r\n');
  });

  it('is folded at spaces and reads the same unfolded', () => {
    const text =
      'Your invoice of May for the house in the long street  with two  spaces and so on and on and on';
    const field = headerField('Subject', text);
    for (const line of field.split('\r\n')) expect(line.length).toBeLessThanOrEqual(76);
    expect(field.replaceAll('\r\n', '')).toBe(`Subject: ${text}`);
  });

  it('has no blank line, even when it is all spaces', () => {
    const field = headerField('Subject', `a${' '.repeat(300)}b`);
    for (const line of field.trimEnd().split('\r\n')) expect(line.trim()).not.toBe('');
  });

  it.each(['a\r\nBcc: evil@z.test', 'a\nb', 'a\u0000', 'ä', 'a\u0085b'])('never carries %j', (value) => {
    expect(() => headerField('Subject', value)).toThrow('not encoded');
  });
});

describe('an unstructured value', () => {
  it.each([
    ['a\r\nBcc: evil@z.test', 'a Bcc: evil@z.test'],
    ['a\u2028b\u0085c', 'a b c'],
    ['  a\t', 'a'],
  ])('of %j is one line', (text, line) => {
    expect(unstructured(text)).toBe(line);
  });

  it('is encoded when a reader would decode it, or could not get it in one line', () => {
    expect(unstructured('=?UTF-8?Q?x?=')).toBe('=?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?=');
    expect(unstructured('a'.repeat(2000))).toMatch(/^(=\?UTF-8\?Q\?a+\?= ?)+$/);
  });

  it('is Q for Latin and B for other text, each word short enough and whole', () => {
    expect(unstructured('Rechnung für Köhler')).toBe('=?UTF-8?Q?Rechnung_f=C3=BCr_K=C3=B6hler?=');
    const words = unstructured('請求書'.repeat(30)).split(' ');
    expect(words.length).toBeGreaterThan(3);
    for (const word of words) {
      expect(word.length).toBeLessThanOrEqual(75);
      expect(Buffer.from(word.slice(10, -2), 'base64').toString()).not.toContain('\ufffd');
    }
  });
});

describe('a mailbox', () => {
  it.each([
    [undefined, 'a@x.example'],
    ['', 'a@x.example'],
    ['Leonie Kohler', 'Leonie Kohler <a@x.example>'],
    ['Kohler, Leonie', '"Kohler, Leonie" <a@x.example>'],
    ['The "Boss" \\', '"The \\"Boss\\" \\\\" <a@x.example>'],
    ['evil@z.test', '"evil@z.test" <a@x.example>'],
    ['Leonie Köhler', '=?UTF-8?Q?Leonie_K=C3=B6hler?= <a@x.example>'],
    ['a\r\nBcc: evil@z.test', '"a Bcc: evil@z.test" <a@x.example>'],
  ])('named %j is %s', (name, expected) => {
    expect(formatMailbox({ address: 'a@x.example', name })).toBe(expected);
  });

  it.each([
    'a@x.example\r\nBcc: evil@z.test',
    'a@x.example, evil@z.test',
    '<a@x.example>',
    'a@ä.example',
    'a b@x.y',
    'a@x@y',
  ])('never has the address %j', (address) => {
    expect(() => formatMailbox({ address })).toThrow('dot-atom');
  });
});
