import { randomBytes } from 'node:crypto';
import { domainToUnicode } from 'node:url';
import { simpleParser, type AddressObject, type ParsedMail } from 'mailparser';
import MailComposer from 'nodemailer/lib/mail-composer';
import { base64Lines } from '../../domain/mail/base64-lines.js';
import { composeMail, type Mail } from '../../domain/mail/compose-mail.js';
import { joinPieces } from '../../domain/mail/mail-piece.js';

const mail = (changes: Partial<Mail> = {}): Mail => ({
  from: { address: 'billing@billing.example', name: 'Chinook Billing' },
  to: [{ address: 'leonie@surfeu.example', name: 'Leonie Köhler' }],
  cc: [],
  subject: 'Your invoice INV-00123',
  date: new Date('2025-06-03T08:00:00Z'),
  messageId: '<019351a0-0000-7000-8000-000000000100.1@billing.example>',
  text: 'Hello Leonie',
  images: [],
  attachments: [],
  ...changes,
});

const bytesOf = (of: Mail) => joinPieces([...composeMail(of)]);
const logo = randomBytes(3000);
const image = { key: 'logo', contentType: 'image/png', base64: Buffer.concat([...base64Lines(logo)]) };
const file = (fileName: string, content: Buffer | string = 'x', contentType = 'application/pdf') => ({
  fileName,
  contentType,
  content: Buffer.from(content as string),
});
const html = '<p>Hello <b>Leonie</b> <img src="cid:logo"></p>';

const table: Record<string, Partial<Mail>> = {
  'a plain text': {},
  'HTML only': { text: undefined, html: '<p>Hello</p>' },
  'HTML with an image': { text: undefined, html, images: [image] },
  'text, HTML and an image': { html, images: [image] },
  'text, HTML, an image and files': {
    html,
    images: [image],
    attachments: [
      file('INV-00123.pdf', randomBytes(70_000)),
      file('lines.csv', 'a;b\r\n', 'text/csv; charset=utf-8'),
    ],
  },
  'files of awkward sizes': {
    attachments: [0, 1, 2, 3, 56, 57, 58, 114, 58_368, 58_369].map((size) =>
      file(`${size}.bin`, randomBytes(size)),
    ),
  },
  'other alphabets everywhere': {
    from: { address: 'billing@billing.example', name: 'Счета «Чинук»' },
    replyTo: { address: 'reply@billing.example', name: '返信先' },
    to: [
      { address: 'leonie@surfeu.example', name: 'Köhler, Leonie "die Chefin"' },
      { address: 'b@xn--mnchen-3ya.de', name: '株式会社 例' },
    ],
    cc: [{ address: 'c@c.example', name: 'مدير مالي' }],
    subject: '请查收您五月份的发票 №00123 – für Grüße 😀😀😀 и так далее, и так далее, и так далее',
    text: 'Grüße 😀\n\nПривет\n',
    html: '<p>请查收您五月份的发票</p>',
    attachments: [file('Счёт № 5 за май (2).pdf'), file('請求書.pdf'), file('فاتورة.pdf'), file('😀.pdf')],
  },
  'many recipients': {
    to: Array.from({ length: 60 }, (_, n) => ({ address: `to-${n}@a.example`, name: `Number ${n}` })),
    cc: Array.from({ length: 60 }, (_, n) => ({ address: `cc-${n}@a.example` })),
  },
  'a very long subject without spaces': { subject: 'a'.repeat(1500) },
  'a long subject with spaces': { subject: 'the words of a long subject '.repeat(40).trim() },
  'a subject that forges a header': { subject: 'a Bcc: evil@z.test' },
  'names full of specials': {
    from: { address: 'billing@billing.example', name: 'A (comment) <x@y.z>, "q"; \\ b:c' },
    to: [{ address: "o'hara+x=1/2{3}@surfeu.example", name: "O'Hara; evil@z.test" }],
  },
  'an address for a name': { to: [{ address: 'a@b.example', name: 'evil@z.test' }] },
  'lines of dots': { text: '.\n..\n.\n\n.hidden\n...\n' },
  'a line that mailbox files change': { text: 'From here\nFrom there\n>From\n' },
  'spaces at line ends': { text: 'a  \nb\t\n \nc' },
  'very long lines': { text: 'x'.repeat(5000), html: `<p>${'y '.repeat(5000)}</p>` },
  'text that looks like MIME': {
    text: '--=_0000\r\nContent-Type: text/html\r\n\r\n<script>\r\n--=_0000--\r\n=3D =\r\n=C3=BC',
    html: '<p>--</p>\r\n\r\n--boundary\r\n',
  },
  'control characters in bodies': { text: 'a\u0001b\u0007c\u000bd', html: '<p>\u0008</p>' },
  'line ends of all kinds': { text: 'a\rb\nc\r\nd\n\r\ne' },
  'names that break parameters': {
    attachments: [
      file('a;b=c.pdf'),
      file("it's 100%.pdf"),
      file('=?UTF-8?Q?x?=.pdf'),
      file('a  b.pdf'),
      file(`${'n'.repeat(150)}.pdf`),
    ],
  },
};

const addresses = (list: AddressObject | AddressObject[] | undefined) =>
  (Array.isArray(list) ? list : list ? [list] : []).flatMap(({ value }) =>
    value.map(({ address, name }) => ({ address, name })),
  );

/** mailparser shows A-labels as what they stand for. */
const shown = ({ address, name }: Mail['to'][number]) => ({
  address: address.replace(/[^@]+$/, domainToUnicode),
  name: name ?? '',
});

const normalized = (text: string | false | undefined) =>
  text === undefined || text === false ? text : text.replace(/\r\n?/g, '\n').replace(/\n$/, '');

/** What a reader sees. */
const seen = (parsed: ParsedMail) => ({
  from: addresses(parsed.from),
  replyTo: addresses(parsed.replyTo),
  to: addresses(parsed.to),
  cc: addresses(parsed.cc),
  bcc: addresses(parsed.bcc),
  subject: parsed.subject,
  date: parsed.date,
  messageId: parsed.messageId,
  text: normalized(parsed.text),
  html: normalized(parsed.html),
  attachments: parsed.attachments.map(
    ({ filename, contentType, contentDisposition, cid, related, checksum, size }) => ({
      filename,
      contentType,
      contentDisposition,
      cid,
      related,
      checksum,
      size,
    }),
  ),
});

const parse = (bytes: Buffer) => simpleParser(bytes, { keepCidLinks: true });

async function byMailComposer(of: Mail): Promise<Buffer> {
  const box = ({ address, name }: { address: string; name?: string | undefined }) => ({
    address,
    name: name ?? '',
  });
  return new MailComposer({
    from: box(of.from),
    ...(of.replyTo && { replyTo: box(of.replyTo) }),
    to: of.to.map(box),
    cc: of.cc.map(box),
    subject: of.subject,
    date: of.date,
    messageId: of.messageId,
    ...(of.text !== undefined && { text: of.text }),
    ...(of.html !== undefined && { html: of.html }),
    newline: 'windows',
    attachments: [
      ...of.images.map(({ key, contentType }) => ({
        cid: key,
        contentType,
        content: logo,
        filename: false as const,
      })),
      ...of.attachments.map(({ fileName, contentType, content }) => ({
        filename: fileName,
        contentType,
        content,
      })),
    ],
  })
    .compile()
    .build();
}

describe.each(Object.entries(table))('a mail with %s', (_, changes) => {
  it('reads the same as the one that MailComposer makes', async () => {
    const input = mail(changes);
    const [ours, theirs] = await Promise.all([parse(bytesOf(input)), parse(await byMailComposer(input))]);
    expect(seen(ours)).toEqual(seen(theirs));
  });

  it('reads as it was meant', async () => {
    const input = mail(changes);
    const parsed = seen(await parse(bytesOf(input)));
    expect(parsed.subject).toBe(input.subject);
    expect(parsed.to).toEqual(input.to.map(shown));
    expect(parsed.cc).toEqual(input.cc.map(shown));
    expect(parsed.bcc).toEqual([]);
    expect(parsed.attachments.filter(({ related }) => !related).map(({ filename }) => filename)).toEqual(
      input.attachments.map(({ fileName }) => fileName),
    );
    if (input.text !== undefined) expect(parsed.text).toBe(normalized(input.text));
    if (input.html !== undefined) expect(parsed.html).toBe(normalized(input.html));
  });

  it('is fit for 7-bit transport', () => {
    const bytes = bytesOf(mail(changes));
    const text = bytes.toString('latin1');
    expect(text).toMatch(/^(?:[\t\x20-\x7e]|\r\n)*$/);
    expect(text.endsWith('\r\n')).toBe(true);
    const [header] = text.split('\r\n\r\n', 1);
    for (const line of text.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
    const names = header!
      .split('\r\n')
      .filter((line) => !/^[ \t]/.test(line))
      .map((line) => line.split(':', 1)[0]);
    const once = [
      'Date',
      'From',
      'To',
      'Subject',
      'Message-ID',
      'Auto-Submitted',
      'MIME-Version',
      'Content-Type',
    ];
    expect([...new Set(names)]).toEqual(names);
    expect(names).toEqual(expect.arrayContaining(once));
    for (const absent of ['Bcc', 'X-Mailer']) expect(names).not.toContain(absent);
  });
});

describe('a mail', () => {
  it('has its parts where readers look for them', () => {
    const source = bytesOf(mail({ html, images: [image], attachments: [file('a.pdf')] })).toString();
    expect([...source.matchAll(/Content-Type: ([a-z/]+)/g)].map((match) => match[1])).toEqual([
      'multipart/mixed',
      'multipart/alternative',
      'text/plain',
      'multipart/related',
      'text/html',
      'image/png',
      'application/pdf',
    ]);
    expect(source).toContain('Content-ID: <logo>\r\nContent-Disposition: inline');
  });

  it('shows a subject that looks encoded as it was meant (MailComposer lets it be decoded)', async () => {
    const subject = 'see =?UTF-8?Q?evil?= and =?x';
    expect((await parse(bytesOf(mail({ subject })))).subject).toBe(subject);
  });

  it('has boundaries of its own', () => {
    const boundaries = [1, 2].flatMap(() =>
      [
        ...bytesOf(mail({ html, images: [image], attachments: [file('a.pdf')] }))
          .toString()
          .matchAll(/boundary="(.+)"/g),
      ].map((match) => match[1]),
    );
    expect(boundaries).toHaveLength(6);
    expect(new Set(boundaries).size).toBe(6);
  });

  it('says that it was made by a machine', () => {
    expect(bytesOf(mail()).toString()).toContain('\r\nAuto-Submitted: auto-generated\r\n');
  });

  it.each<[string, Partial<Mail>]>([
    ['subject', { subject: 'a\r\nBcc: evil@z.test\r\n\r\nbody' }],
    ['sender name', { from: { address: 'a@b.example', name: 'a\r\nBcc: evil@z.test' } }],
    ['recipient name', { to: [{ address: 'a@b.example', name: 'a"\r\nBcc: evil@z.test\r\n"' }] }],
    ['original recipients', { originalRecipients: 'a\r\nBcc: evil@z.test' }],
    ['file name', { attachments: [file('a\r\nBcc: evil@z.test.pdf')] }],
    ['content type', { attachments: [file('a.pdf', 'x', 'text/plain\r\nBcc: evil@z.test')] }],
    ['charset', { attachments: [file('a.pdf', 'x', 'text/plain; charset="a\r\nBcc: evil@z.test"')] }],
    ['image type', { html, images: [{ ...image, contentType: 'image/png\r\nBcc: evil@z.test' }] }],
  ])('cannot be given a header by its %s', async (_, changes) => {
    const bytes = bytesOf(mail(changes));
    expect(bytes.toString()).not.toMatch(/^Bcc:/im);
    expect((await parse(bytes)).bcc).toBeUndefined();
  });

  it.each<[string, Partial<Mail>]>([
    ['address', { to: [{ address: 'a@b.example\r\nBcc: evil@z.test' }] }],
    ['second address in one', { to: [{ address: 'a@b.example, evil@z.test' }] }],
    ['Message-ID', { messageId: '<a@b>\r\nBcc: evil@z.test' }],
    ['image key', { html, images: [{ ...image, key: 'logo>\r\nBcc: evil@z.test' }] }],
  ])('is not made at all with a forged %s', (_, changes) => {
    expect(() => bytesOf(mail(changes))).toThrow();
  });
});
