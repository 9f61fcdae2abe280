import { decodeWords } from './encoded-words.js';

describe('decodeWords', () => {
  it('leaves plain text alone', () => {
    expect(decodeWords('Invoice 12 = 5?')).toBe('Invoice 12 = 5?');
  });

  it('decodes base64 and quoted words in their charset', () => {
    expect(decodeWords('=?UTF-8?B?R3LDvMOfZQ==?= an alle')).toBe('Grüße an alle');
    expect(decodeWords('=?iso-8859-1?Q?Rechnung_=FCber_=A31?=')).toBe('Rechnung über £1');
  });

  it('joins adjacent words before decoding, as a letter may be cut between them', () => {
    expect(decodeWords('=?utf-8?B?5a==?= =?utf-8?B?q4s=?=')).toBe('嫋');
    expect(decodeWords('=?utf-8?Q?a?= =?utf-8?Q?b?= c')).toBe('ab c');
  });

  it('keeps words of unknown charsets readable', () => {
    expect(decodeWords('=?x-nobody?Q?abc?=')).toBe('abc');
  });
});
