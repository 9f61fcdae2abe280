import { documentContentType } from './document.js';

describe('documentContentType', () => {
  it.each([
    ['', 'application/octet-stream'],
    ['application/pdf', 'application/pdf'],
    ['text/csv; charset=utf-8', 'text/csv; charset=utf-8'],
    ['application/vnd.x+xml; a="b c"', 'application/vnd.x+xml; a="b c"'],
  ])('takes %j', (given, type) => expect(documentContentType(given)).toBe(type));

  it.each([
    'pdf',
    'text/',
    'a/b; c',
    'a/b\r\nBcc: x@y.example',
    'a/b; c="\\""',
    'a/ü',
    `a/${'b'.repeat(200)}`,
  ])('refuses %j', (given) =>
    expect(() => documentContentType(given)).toThrow(
      expect.objectContaining({ code: 'document.bad-content-type' }),
    ),
  );
});
