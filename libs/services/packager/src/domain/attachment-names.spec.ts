import { fileNameMaxBytes, safeFileName, uniqueFileNames, withExtension } from './attachment-names.js';

const safe = (name: string) => safeFileName(name, 'attachment');

describe('a safe file name', () => {
  it.each([
    ['Invoice-INV-00123.pdf', 'Invoice-INV-00123.pdf'],
    ['Счёт № 5 за май.pdf', 'Счёт № 5 за май.pdf'],
    ['請求書.pdf', '請求書.pdf'],
    ['فاتورة.pdf', 'فاتورة.pdf'],
    ['می‌خواهم.pdf', 'می‌خواهم.pdf'],
    ['Rechnung 👩‍👩‍👧.pdf', 'Rechnung 👩‍👩‍👧.pdf'],
  ])('keeps %s', (name, expected) => {
    expect(safe(name)).toBe(expected);
  });

  it.each([
    ['a path separator, as codes have it', 'Invoice-2025/00123.pdf', 'Invoice-2025-00123.pdf'],
    ['a way up', '../../etc/passwd', 'etc-passwd'],
    ['a Windows path', 'C:\\Users\\x\\bill.pdf', 'C--Users-x-bill.pdf'],
    ['forbidden characters', 'a<b>c:d"e|f?g*h.pdf', 'a-b-c-d-e-f-g-h.pdf'],
    ['control characters', 'a\u0000b\u0007c\u009fd.pdf', 'abcd.pdf'],
    ['line breaks', 'a\r\nBcc: evil.pdf', 'a Bcc- evil.pdf'],
    ['a Unicode line separator', 'a\u2028b.pdf', 'a b.pdf'],
    ['a reversed extension', 'invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['isolates and marks', '\u2066a\u2069\u200fb\ufeff.pdf', 'ab.pdf'],
    ['trailing dots and spaces', 'bill.pdf. . ', 'bill.pdf'],
    ['leading spaces', '  bill.pdf', 'bill.pdf'],
    ['leading dots', '..bill.pdf', 'bill.pdf'],
    ['an empty name', '', 'attachment'],
    ['dots alone', '...', 'attachment'],
    ['an extension alone', '.pdf', 'attachment.pdf'],
    ['a half of a surrogate pair', 'a\ud800.pdf', 'a\ufffd.pdf'],
  ])('mends %s', (_, name, expected) => {
    expect(safe(name)).toBe(expected);
  });

  it.each(['CON', 'con.pdf', 'Nul.tar.gz', 'aux .txt', 'COM1.pdf', 'lpt9', 'COM².txt', 'CONOUT$', 'prn'])(
    'does not name the device %s',
    (name) => {
      expect(safe(name)).toBe(`_${name}`);
    },
  );

  it.each(['CONTRACT.pdf', 'console', 'com10.txt', 'nullable.txt'])(
    'leaves %s, which is no device',
    (name) => {
      expect(safe(name)).toBe(name);
    },
  );

  it('is composed (NFC), as Windows shows it', () => {
    expect(safe('Ko\u0308hler.pdf')).toBe('K\u00f6hler.pdf');
  });

  it('is cut by bytes at whole characters and keeps its extension', () => {
    for (const letter of ['a', 'ß', '請', '👩‍👩‍👧']) {
      const name = safe(`${letter.repeat(200)}.pdf`);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(fileNameMaxBytes);
      expect(Buffer.byteLength(name)).toBeGreaterThan(fileNameMaxBytes - Buffer.byteLength(letter));
      expect(name.slice(0, -4).replaceAll(letter, '')).toBe('');
      expect(name.endsWith('.pdf')).toBe(true);
    }
  });

  it('takes no endless extension for one', () => {
    expect(Buffer.byteLength(safe(`a.${'b'.repeat(500)}`))).toBe(fileNameMaxBytes);
  });
});

describe('the names of one mail', () => {
  it('are numbered where they are the same, whatever their case or composition', () => {
    expect(uniqueFileNames(['a.pdf', 'A.PDF', 'a.pdf', 'b.pdf', 'ö.pdf', 'O\u0308.pdf'])).toEqual([
      'a.pdf',
      'A (2).PDF',
      'a (3).pdf',
      'b.pdf',
      'ö.pdf',
      'O\u0308 (2).pdf',
    ]);
  });

  it('do not take a number that another name has', () => {
    expect(uniqueFileNames(['a.pdf', 'a (2).pdf', 'a.pdf'])).toEqual(['a.pdf', 'a (2).pdf', 'a (3).pdf']);
  });

  it('stay within their length when numbered', () => {
    const long = safe(`${'a'.repeat(400)}.pdf`);
    const [, second] = uniqueFileNames([long, long]);
    expect(Buffer.byteLength(second!)).toBe(fileNameMaxBytes);
    expect(second!.endsWith(' (2).pdf')).toBe(true);
  });
});

describe('an extension', () => {
  it('is added unless it is there', () => {
    expect(withExtension('INV-1', '.zip')).toBe('INV-1.zip');
    expect(withExtension('INV-1.ZIP', '.zip')).toBe('INV-1.ZIP');
    expect(withExtension('a'.repeat(180), '.zip')).toHaveLength(fileNameMaxBytes);
  });
});
