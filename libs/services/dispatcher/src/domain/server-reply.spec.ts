import { parseServerReply } from './server-reply.js';

describe('reading a reply', () => {
  it.each<[string, object]>([
    ['250 2.0.0 Ok: queued as 1A2B', { smtpCode: 250, enhancedCode: '2.0.0', text: 'Ok: queued as 1A2B' }],
    ['250-2.1.0 first\r\n250 2.1.0 second', { smtpCode: 250, enhancedCode: '2.1.0', text: 'first second' }],
    ['550 no enhanced code', { smtpCode: 550, text: 'no enhanced code' }],
    ['421', { smtpCode: 421, text: '' }],
    ['550 5.1.1', { smtpCode: 550, enhancedCode: '5.1.1', text: '' }],
    ['450 4.7.1\u0000 bell\u0007', { smtpCode: 450, text: '4.7.1 bell' }],
  ])('%j', (raw, expected) => expect(parseServerReply(raw)).toEqual(expected));

  it.each(['', 'hello', '99 x', '999 x', '250x', ' 250 x', '2500 x'])('takes %j for none', (raw) =>
    expect(parseServerReply(raw)).toBeUndefined(),
  );

  it('limits what a hostile server says', () => {
    expect(parseServerReply(`550 ${'x'.repeat(100_000)}`)!.text).toHaveLength(500);
  });
});
