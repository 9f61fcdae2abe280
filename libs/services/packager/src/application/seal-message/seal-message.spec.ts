import { hash, randomBytes } from 'node:crypto';
import { busExamples, dispatchMessage } from '@mailrun/contracts';
import { MemoryBlobStore } from '@mailrun/platform-blobs/testing';
import { readSettings } from '@mailrun/platform-config';
import { KeyRing, SecretBox, secretOwner } from '@mailrun/platform-secrets';
import { simpleParser } from 'mailparser';
import { examplePins, PackageMessageBuilder, testSecrets } from '../../testing/package-message.builder.js';
import { packagerSettings } from '../packager-settings.js';
import { FakeArchiveWriter } from '../ports/archive-writer.fake.js';
import { SealMessage, type SealedContent } from './seal-message.js';

const { tenantId } = busExamples.exampleHeaders;
const refused = (code: string) => expect.objectContaining({ name: 'Refusal', code }) as Error;

function setUp(environment: Record<string, string> = {}) {
  const blobs = new MemoryBlobStore();
  const secrets = testSecrets();
  const { settings } = readSettings(environment, { settings: packagerSettings });
  const at = new Date('2025-06-03T08:00:00Z');
  const seal = new SealMessage(blobs, new FakeArchiveWriter(), secrets, settings, () => at);
  const bytesOf = async ({ bytes, sha256, sizeBytes }: SealedContent) => {
    const mail =
      'inline' in bytes
        ? Buffer.from(bytes.inline, 'latin1')
        : await blobs.get(bytes.blobKey, { maxBytes: 1e9 });
    expect(hash('sha256', mail, 'hex')).toBe(sha256);
    expect(mail.length).toBe(sizeBytes);
    return mail;
  };
  return {
    blobs,
    seal,
    build: new PackageMessageBuilder(blobs, secrets),
    bytesOf,
    read: async (content: SealedContent) => simpleParser(await bytesOf(content)),
  };
}

describe('a sealed mail', () => {
  it('is what the contract says, with all that the dispatcher needs', async () => {
    const { seal, build, bytesOf } = setUp();
    const message = await build.message();
    const content = await seal.execute(message);
    const { messageId, copy } = message.body;
    expect(dispatchMessage.schema.parse({ messageId, copy, content })).toEqual({ messageId, copy, content });
    expect(content).toMatchObject({
      kind: 'sealed',
      transport: 'smtp',
      serverKey: 'main',
      fromKey: 'billing',
      inDoubtPolicy: 'hold',
      messageIdHeader: `<${messageId}.1@billing.example>`,
      subject: 'Ihre Rechnung INV-00123',
      envelopeFrom: 'billing@billing.example',
      recipients: [{ kind: 'to', address: 'leonekohler@surfeu.de.example' }],
    });
    expect((await bytesOf(content)).toString()).toContain('Date: Tue, 03 Jun 2025 08:00:00 +0000\r\n');
  });

  it('travels in the message when it is small, and is kept as a blob named by its hash when not', async () => {
    const { seal, build, blobs, bytesOf } = setUp({ MAILRUN_PACKAGER_INLINE_MAX_BYTES: '4096' });
    const small = await seal.execute(await build.message());
    expect(small.bytes).toEqual({ inline: expect.any(String) as string });
    const attachments = [await build.attachment('a.pdf', randomBytes(4000))];
    const message = await build.message({ attachments });
    const large = await seal.execute(message);
    expect(large.bytes).toEqual({
      blobKey: `sealed/${tenantId}/${message.body.messageId}/1/${large.sha256}`,
    });
    expect(blobs.keys.filter((key) => key.startsWith('sealed/'))).toHaveLength(1);
    await bytesOf(large);
  });

  it('holds megabytes unchanged', async () => {
    const { seal, build, read } = setUp();
    const content = randomBytes(5_000_001);
    const parsed = await read(
      await seal.execute(await build.message({ attachments: [await build.attachment('a.bin', content)] })),
    );
    expect(parsed.attachments[0]!.content.equals(content)).toBe(true);
  });

  it('has another Message-ID for another copy, and the same for the same', async () => {
    const { seal, build } = setUp();
    const message = await build.message();
    const second = { ...message, body: { ...message.body, copy: 2 } };
    const ids: string[] = [];
    for (const each of [message, message, second]) ids.push((await seal.execute(each)).messageIdHeader);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('comes from the sender, in the form that servers take', async () => {
    const { seal, build, read } = setUp();
    const sender = {
      ...examplePins.sender,
      address: 'rechnung@bücher.example',
      displayName: 'Bücher & Söhne',
      replyTo: 'fragen@bücher.example',
    };
    const content = await seal.execute(await build.message({ runPins: { sender } }));
    expect(content.envelopeFrom).toBe('rechnung@xn--bcher-kva.example');
    expect(content.messageIdHeader).toContain('@xn--bcher-kva.example>');
    const parsed = await read(content);
    expect(parsed.from!.value[0]).toMatchObject({
      name: 'Bücher & Söhne',
      address: 'rechnung@bücher.example',
    });
    expect(parsed.replyTo!.value[0]!.address).toBe('fragen@bücher.example');
  });

  it("goes to the run's BCC addresses too, which no header shows", async () => {
    const { seal, build, bytesOf } = setUp();
    const content = await seal.execute(
      await build.message({ runPins: { bcc: [{ address: 'archive@billing.example' }] } }),
    );
    expect(content.recipients).toContainEqual({ kind: 'bcc', address: 'archive@billing.example' });
    expect((await bytesOf(content)).toString()).not.toContain('archive@billing.example');
  });

  it('shows the images that its HTML uses, and holds no other', async () => {
    const { seal, build, read } = setUp();
    const images = await Promise.all(
      ['logo', 'unused'].map(async (key) => ({
        key,
        contentType: 'image/png',
        content: await build.blob('images', key),
      })),
    );
    const parsed = await read(
      await seal.execute(await build.message({ runPins: { images }, html: '<img src="cid:logo">' })),
    );
    expect(parsed.attachments.map(({ cid, content }) => [cid, content.toString()])).toEqual([
      ['logo', 'logo'],
    ]);
  });
});

describe('the attachments of a mail', () => {
  const names = ['Invoice 2025/1.pdf', 'invoice 2025-1.PDF', 'con.csv'];

  it('are attached as they are, under safe and different names', async () => {
    const { seal, build, read } = setUp();
    const attachments = await Promise.all(names.map((name) => build.attachment(name, name)));
    const parsed = await read(await seal.execute(await build.message({ attachments })));
    expect(parsed.attachments.map(({ filename, content }) => [filename, content.toString()])).toEqual([
      ['Invoice 2025-1.pdf', names[0]],
      ['invoice 2025-1 (2).PDF', names[1]],
      ['_con.csv', names[2]],
    ]);
  });

  it('are one archive when the definition zips, with compressed content stored', async () => {
    const { seal, build, read } = setUp();
    const attachments = [
      await build.attachment('a.pdf', 'pdf'),
      await build.attachment('b.csv', 'csv', 'text/csv; charset=utf-8'),
    ];
    const message = await build.message({ attachments, archiveName: 'INV: 1', runPins: { zip: true } });
    const [archive, ...more] = (await read(await seal.execute(message))).attachments;
    expect(more).toEqual([]);
    expect(archive).toMatchObject({ filename: 'INV- 1.zip', contentType: 'application/zip' });
    expect(FakeArchiveWriter.open(archive!.content)).toEqual({
      entries: [
        { fileName: 'a.pdf', content: Buffer.from('pdf').toString('base64'), deflate: false },
        { fileName: 'b.csv', content: Buffer.from('csv').toString('base64'), deflate: true },
      ],
    });
  });

  it("are protected by the customer's password", async () => {
    const { seal, build, read } = setUp();
    const message = await build.message({
      attachments: [await build.attachment('a.pdf', 'pdf')],
      runPins: { zip: true, passwordKey: 'invoices' },
      password: build.sealedPassword('correct horse'),
    });
    const { attachments } = await read(await seal.execute(message));
    expect(FakeArchiveWriter.open(attachments[0]!.content).password).toBe('correct horse');
  });

  it.each([
    ['no password', 'package.password-missing', {}, {}],
    ['no zip', 'package.zip-off', { zip: false }, { password: 'correct horse' }],
    ['a password that archives do not take', 'package.password-invalid', {}, { password: 'kurz' }],
    [
      'the password of another customer',
      'package.password-unreadable',
      {},
      { password: 'correct horse', customer: 'other' },
    ],
  ])(
    'are not mailed with %s where one is asked for',
    async (_, code, pins, given: { password?: string; customer?: string }) => {
      const { seal, build, blobs } = setUp();
      const message = await build.message({
        attachments: [await build.attachment('a.pdf', 'pdf')],
        runPins: { zip: true, passwordKey: 'invoices', ...pins },
        ...(given.password !== undefined && {
          password: build.sealedPassword(given.password, given.customer),
        }),
      });
      await expect(seal.execute(message)).rejects.toEqual(refused(code));
      expect(blobs.keys.filter((key) => key.startsWith('sealed/'))).toEqual([]);
    },
  );

  it('wait while their password is sealed with a key that is not known yet', async () => {
    const { seal, build } = setUp();
    const other = new SecretBox(KeyRing.parse(`k2:${Buffer.alloc(32, 8).toString('base64')}`));
    const password = other.seal('correct horse', secretOwner(tenantId, 'customer', busExamples.customer.id));
    const message = await build.message({
      attachments: [await build.attachment('a.pdf', 'x')],
      runPins: { zip: true },
      password,
    });
    await expect(seal.execute(message)).rejects.toMatchObject({
      name: 'Outage',
      code: 'secrets.unknown-key',
    });
  });
});

describe('a mail in test mode', () => {
  it('reaches the test address alone, with its subject marked', async () => {
    const { seal, build, read } = setUp();
    const message = await build.message({
      mode: 'test',
      runPins: { testAddress: 'test@billing.example', bcc: [{ address: 'archive@billing.example' }] },
    });
    const content = await seal.execute(message);
    expect(content.subject).toBe('[TEST] Ihre Rechnung INV-00123');
    expect(content.recipients).toEqual([{ kind: 'to', address: 'test@billing.example' }]);
    const parsed = await read(content);
    expect(parsed.subject).toBe('[TEST] Ihre Rechnung INV-00123');
    expect(parsed.headers.get('x-mailrun-original-recipients')).toBe(
      'to: leonekohler@surfeu.de.example, bcc: archive@billing.example',
    );
  });

  it('is refused without a test address', async () => {
    const { seal, build } = setUp();
    await expect(seal.execute(await build.message({ mode: 'test' }))).rejects.toEqual(
      refused('package.test-address-missing'),
    );
  });
});

describe('no mail', () => {
  it.each([
    ['a document is missing', 'package.document-damaged', null],
    ['a document is damaged', 'package.document-damaged', Buffer.from('pdX')],
    ['a document has another size', 'package.document-damaged', Buffer.from('longer')],
  ])('is sealed when %s', async (_, code, bytes) => {
    const { seal, build, blobs } = setUp();
    const attachment = await build.attachment('INV-1.pdf', 'pdf');
    blobs.damage(attachment.content.key, bytes);
    const message = await build.message({ attachments: [attachment] });
    await expect(seal.execute(message)).rejects.toEqual(
      expect.objectContaining({ code, message: expect.stringContaining('INV-1.pdf') as string }),
    );
  });

  it('is sealed when pins or an image are missing, and one is when they are back', async () => {
    const { seal, build, blobs } = setUp();
    const logo = await build.blob('images', 'logo');
    const images = [{ key: 'logo', contentType: 'image/png', content: logo }];
    const message = await build.message({ runPins: { images }, html: '<img src="cid:logo">' });
    blobs.damage(logo.key, null);
    await expect(seal.execute(message)).rejects.toEqual(refused('package.image-damaged'));
    await blobs.put(logo.key, Buffer.from('logo'));
    await seal.execute(message);
    const other = await build.message({ runPins: { images: [] }, html: '<img src="cid:logo">' });
    await expect(seal.execute(other)).rejects.toEqual(refused('package.image-unknown'));
    const third = await build.message({ runPins: { zip: true } });
    blobs.damage(third.body.pins.key, null);
    await expect(seal.execute(third)).rejects.toEqual(refused('package.pins-damaged'));
  });

  it('is sealed without a body', async () => {
    const { seal, build } = setUp();
    const { headers, body } = await build.message();
    const { html: _html, text: _text, ...bare } = body;
    await expect(seal.execute({ headers, body: bare })).rejects.toEqual(refused('package.body-missing'));
  });

  it('is sealed when it would be too large, and the reason says how large', async () => {
    const { seal, build } = setUp({ MAILRUN_PACKAGER_MAIL_MAX_BYTES: '2000000' });
    const fits = await build.message({
      attachments: [await build.attachment('a.bin', randomBytes(1_400_000))],
    });
    expect((await seal.execute(fits)).sizeBytes).toBeLessThan(2_000_000);
    const over = await build.message({
      attachments: [await build.attachment('a.bin', randomBytes(1_490_000))],
    });
    await expect(seal.execute(over)).rejects.toEqual(
      expect.objectContaining({
        code: 'package.too-large',
        message: expect.stringContaining('1.9 MiB') as string,
      }),
    );
    const far = await build.message({
      attachments: [await build.attachment('a.bin', randomBytes(3_000_000))],
    });
    await expect(seal.execute(far)).rejects.toEqual(
      expect.objectContaining({
        code: 'package.too-large',
        message: expect.stringContaining('3.8 MiB') as string,
      }),
    );
  });

  it('carries letters of any alphabet before the @ as UTF-8, in header and envelope (RFC 6531, 6532)', async () => {
    const { seal, build, bytesOf, read } = setUp();
    const recipients = [{ kind: 'to' as const, address: 'jörg@bücher.example', name: 'Jörg' }];
    const content = await seal.execute(await build.message({ recipients }));
    expect(content.recipients).toEqual([{ kind: 'to', address: 'jörg@xn--bcher-kva.example' }]);
    expect((await bytesOf(content)).toString('utf8')).toContain('<jörg@xn--bcher-kva.example>\r\n');
    const { to } = await read(content);
    expect([to].flat()[0]?.value[0]?.name).toBe('Jörg');
  });

  it('is refused for an outage of the store: it waits', async () => {
    const { seal, build, blobs } = setUp();
    const message = await build.message({ attachments: [await build.attachment('a.pdf', 'x')] });
    blobs.unreachable = true;
    await expect(seal.execute(message)).rejects.toMatchObject({ name: 'Outage' });
    blobs.unreachable = false;
    await seal.execute(message);
    expect(seal.inFlightBytes).toBe(0);
  });
});
