import { MailScan } from './mail-scan.js';

const mixed = [
  'From: Billing <billing@chinook.example>',
  'Subject: =?utf-8?Q?Rechnung_f=C3=BCr?=',
  ' =?utf-8?Q?_Mai?=',
  'Content-Type: multipart/mixed;',
  ' boundary="outer--1"',
  '',
  'Not shown.',
  '--outer--1',
  'Content-Type: multipart/alternative; boundary=inner',
  '',
  '--inner',
  'Content-Type: text/plain',
  '',
  '--not-a-boundary',
  'Content-Disposition: attachment (only said in the text)',
  '--inner',
  'Content-Type: text/html',
  '',
  '<p>',
  '--inner--',
  '--outer--1',
  'content-type: application/zip',
  'CONTENT-DISPOSITION: Attachment; filename=a.zip',
  '',
  'UEsDBA==',
  '--outer--1',
  'Content-Type: application/pdf',
  '',
  'JVBERg==',
  '--outer--1',
  'Content-Type: image/png',
  'Content-Disposition: inline',
  'Content-ID: <logo>',
  '',
  'iVBORw==',
  '--outer--1--',
  '',
].join('\r\n');

function scanned(source: string, chunkBytes = source.length) {
  const scan = new MailScan();
  const bytes = Buffer.from(source);
  for (let at = 0; at < bytes.length; at += chunkBytes) scan.feed(bytes.subarray(at, at + chunkBytes));
  scan.end();
  const { from, subject, attachmentCount } = scan;
  return { from, subject, attachmentCount };
}

describe('MailScan', () => {
  it('reads the fields of the head, and counts attachments but no texts and no inline pictures', () => {
    expect(scanned(mixed)).toEqual({
      from: 'Billing <billing@chinook.example>',
      subject: 'Rechnung für Mai',
      attachmentCount: 2,
    });
  });

  it.each([1, 2, 3, 7, 100])('finds the same in pieces of %i bytes', (chunkBytes) => {
    expect(scanned(mixed, chunkBytes)).toEqual(scanned(mixed));
  });

  it('takes a mail that is nothing but an attachment, a head, or nothing', () => {
    expect(scanned('Content-Type: application/zip\r\n\r\nUEsDBA==').attachmentCount).toBe(1);
    expect(scanned('Subject: Only a head')).toMatchObject({ subject: 'Only a head', attachmentCount: 0 });
    expect(scanned('\r\nSubject: in the text')).toMatchObject({ subject: '', attachmentCount: 0 });
    expect(scanned('')).toMatchObject({ subject: '', attachmentCount: 0 });
  });

  it('ends with a head that never ends', () => {
    expect(scanned(`Subject: long\r\n${'X: y\r\n'.repeat(60_000)}`, 10_000).subject).toBe('long');
  });
});
