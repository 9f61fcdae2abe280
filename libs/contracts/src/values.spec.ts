import { addressSchema, lineSchema } from './values.js';

describe('addressSchema', () => {
  it.each([
    'a@b.example',
    "o'neil+tag@sub.domain.example",
    'x_y-z=%@b-c.example',
    'münchen@bücher.example',
    'luisg@embraer.com.br.example',
  ])('takes %s', (address) => expect(addressSchema.safeParse(address).success).toBe(true));

  it.each([
    '',
    'nobody',
    '@b.example',
    'a@',
    'a@b',
    'a@b..example',
    '.a@b.example',
    'a.@b.example',
    'a..b@c.example',
    'a@-b.example',
    'a@b-.example',
    'a@b.example\r\nBcc: evil@z.example',
    'a@b.example,c@d.example',
    'a@b.example;c@d.example',
    '"a b"@c.example',
    'A <a@b.example>',
    'a@[127.0.0.1]',
    'a@b@c.example',
    'a b@c.example',
    'a\u0000@c.example',
    'a@c_d.example,x',
    `${'a'.repeat(65)}@b.example`,
  ])('refuses %j', (address) => expect(addressSchema.safeParse(address).success).toBe(false));
});

describe('lineSchema', () => {
  it('refuses line breaks and control characters, and keeps any alphabet', () => {
    expect(lineSchema(20).safeParse('Łódź 東京').success).toBe(true);
    for (const bad of ['a\nb', 'a\rb', 'a\u0000', 'a\u2028b']) {
      expect(lineSchema(20).safeParse(bad).success).toBe(false);
    }
  });
});
