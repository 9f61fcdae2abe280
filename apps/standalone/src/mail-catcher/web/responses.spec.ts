import { contentDisposition, download } from './responses.js';

describe('download', () => {
  it('takes names in any alphabet', () => {
    expect(contentDisposition('Ärger (1).pdf')).toBe(
      `attachment; filename="_rger (1).pdf"; filename*=UTF-8''%C3%84rger%20%281%29.pdf`,
    );
  });

  it('takes paths, quotes, line breaks and reversed text out of names', () => {
    expect(contentDisposition('../a"b\r\nx: y\u202egpj.exe')).toBe(
      `attachment; filename=".._a_b__x_ y_gpj.exe"; filename*=UTF-8''.._a_b__x_%20y_gpj.exe`,
    );
    expect(contentDisposition('')).toContain('"attachment"');
    expect(contentDisposition('\ud800')).toContain("UTF-8''%EF%BF%BD");
  });

  it('passes on no content type that is not one', () => {
    expect(download('a', 'text/html\r\nx: y', Buffer.alloc(0)).type).toBe('application/octet-stream');
    expect(download('a', 'application/pdf', Buffer.alloc(0)).type).toBe('application/pdf');
  });
});
