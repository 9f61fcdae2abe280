import { appendFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CatcherLimits } from './caught-mail.js';
import { MailCatcher } from './mail-catcher.js';
import { SmtpConversation } from './testing/smtp-conversation.js';

const mail = (subject: string, text = 'Hello') =>
  `From: billing@chinook.example\r\nSubject: ${subject}\r\n\r\n${text}`;

describe('MailCatcher', () => {
  let folder: string;
  let catcher: MailCatcher;
  let faults: unknown[];
  const open: SmtpConversation[] = [];

  async function start(limits: Partial<CatcherLimits> = {}): Promise<void> {
    catcher = new MailCatcher();
    await catcher.start({ folder, limits, onFault: (error) => faults.push(error) });
  }

  async function connect(): Promise<SmtpConversation> {
    const conversation = await SmtpConversation.open(catcher.smtpAddress.port);
    open.push(conversation);
    return conversation;
  }

  const get = (path: string, init?: RequestInit) => fetch(catcher.url + path, init);
  const getJson = async (path: string) =>
    (await (await get(path)).json()) as Record<string, unknown> & {
      items: { id: number; subject: string }[];
    };
  const subjects = async (query = '') =>
    (await getJson(`/api/mails${query}`)).items.map(({ subject }) => subject);

  beforeEach(async () => {
    faults = [];
    folder = await mkdtemp(join(tmpdir(), 'mail-catcher-'));
    await start();
  });

  afterEach(async () => {
    for (const conversation of open.splice(0)) conversation.drop();
    await catcher.stop();
    await rm(folder, { recursive: true });
  });

  it('keeps what it confirms, byte for byte, with its envelope', async () => {
    const source = mail('Dots', '.\r\n..two\r\n.one\r\nGrüße').replace(
      '\r\n\r\n',
      '\r\nTo: somebody else\r\n\r\n',
    );
    const client = await connect();
    expect(await client.send({ to: ['a@x.example', 'b@x.example'], source })).toBe('250 OK: kept as 1');

    expect(catcher.count()).toBe(1);
    expect(await (await get('/api/mails/1/source')).text()).toBe(`${source}\r\n`);
    expect(await getJson('/api/mails/1')).toMatchObject({
      envelope: { from: 'billing@chinook.example', to: ['a@x.example', 'b@x.example'] },
      subject: 'Dots',
      attachmentCount: 0,
      text: expect.stringContaining('Grüße') as string,
      html: null,
    });
  });

  it('takes any user with any password, and offers no TLS', async () => {
    const client = await connect();
    expect(await client.say(`AUTH PLAIN ${Buffer.from('\0u\0p').toString('base64')}`)).toMatch(/^235/);
    expect(await client.say('STARTTLS')).toMatch(/^5/);
  });

  it('lists newest first, in pages, and finds by recipient and subject', async () => {
    const client = await connect();
    for (const n of [1, 2, 3, 4, 5])
      await client.send({ to: `c${n}@x.example`, source: mail(`Invoice ${n}`) });

    const first = await getJson('/api/mails?limit=2');
    expect(first.items.map(({ id }) => id)).toEqual([5, 4]);
    expect(await subjects(`?limit=3&cursor=${String(first.next)}`)).toEqual([
      'Invoice 3',
      'Invoice 2',
      'Invoice 1',
    ]);
    expect(await subjects('?search=C3@X')).toEqual(['Invoice 3']);
    expect(await subjects('?search=invoice%204')).toEqual(['Invoice 4']);
    expect((await get('/api/mails?limit=501')).status).toBe(400);
    expect((await get('/api/mails?cursor=x')).status).toBe(400);
  });

  it('has all its mails after a restart, and goes on counting', async () => {
    const client = await connect();
    await client.send({ to: 'a@x.example', source: mail('Before') });
    await client.quit();
    await catcher.stop();
    await start();

    expect(await subjects()).toEqual(['Before']);
    expect(await (await connect()).send({ to: 'a@x.example', source: mail('After') })).toBe(
      '250 OK: kept as 2',
    );
    expect(await getJson('/api/count')).toMatchObject({ mails: 2 });
  });

  it('recovers from a crash between a file and its line of the index', async () => {
    await (await connect()).send({ to: 'a@x.example', source: mail('Whole') });
    await catcher.stop();
    await writeFile(join(folder, 'mails', '0000000002.eml'), 'never confirmed');
    await appendFile(join(folder, 'index.ndjson'), '{"id":2,"subject":"to');
    await start();

    expect(await subjects()).toEqual(['Whole']);
    expect(await readdir(join(folder, 'mails'))).toEqual(['0000000001.eml']);
    expect(await (await connect()).send({ to: 'a@x.example', source: mail('Next') })).toBe(
      '250 OK: kept as 3',
    );
    await catcher.stop();
    await start();
    expect(await subjects()).toEqual(['Next', 'Whole']);
  });

  it('makes room for new mails by removing the oldest', async () => {
    await catcher.stop();
    await start({ maxMails: 3 });
    const client = await connect();
    for (const n of [1, 2, 3, 4, 5]) await client.send({ to: 'a@x.example', source: mail(`${n}`) });

    expect(await subjects()).toEqual(['5', '4', '3']);
    expect(await readdir(join(folder, 'mails'))).toHaveLength(3);
    expect((await get('/mails/1')).status).toBe(404);

    await catcher.stop();
    await start({ maxTotalBytes: 1_000 });
    await (await connect()).send({ to: 'a@x.example', source: mail('6', 'x'.repeat(900)) });
    expect(await subjects()).toEqual(['6']);
  });

  it('refuses a mail that is too large and a list of recipients that is too long', async () => {
    await catcher.stop();
    await start({ maxMailBytes: 1_000, maxRecipients: 2 });
    const client = await connect();
    expect(await client.say('MAIL FROM:<a@x.example> SIZE=5000')).toMatch(/^552/);
    expect(await client.send({ to: 'a@x.example', source: mail('Large', 'x'.repeat(5_000)) })).toMatch(
      /^552/,
    );
    expect(await client.send({ to: ['a@x.example', 'b@x.example', 'c@x.example'], source: '' })).toMatch(
      /^452/,
    );
    await client.say('RSET');
    expect(await client.send({ to: 'a@x.example', source: mail('Small') })).toMatch(/^250/);
    expect(await subjects()).toEqual(['Small']);
    expect(await readdir(join(folder, 'mails'))).toHaveLength(1);
  });

  it('streams a large mail to its file, whole', async () => {
    const text = 'A line of a large attachment, many times over.\r\n'.repeat(80_000);
    await (await connect()).send({ to: 'a@x.example', source: mail('Large', text) });
    expect(await (await get('/api/mails/1/source')).text()).toBe(`${mail('Large', text)}\r\n`);
  });

  it.each([100, 3_000_000])('keeps nothing of a mail whose sender hangs up after %i bytes', async (bytes) => {
    const client = await connect();
    for (const step of ['MAIL FROM:<a@x.example>', 'RCPT TO:<b@x.example>', 'DATA']) await client.say(step);
    client.write(mail('Half', 'x'.repeat(bytes)));
    const other = await connect();
    client.drop();
    await other.send({ to: 'a@x.example', source: mail('Whole') });
    expect(await subjects()).toEqual(['Whole']);
    await catcher.stop();
    expect(await readdir(join(folder, 'mails'))).toHaveLength(1);
  });

  it('loses none of many that come at once', async () => {
    const clients = await Promise.all(Array.from({ length: 10 }, connect));
    await Promise.all(
      clients.map(async (client, c) => {
        for (let n = 0; n < 20; n++) {
          expect(await client.send({ to: `c${c}@x.example`, source: mail(`${c}-${n}`) })).toMatch(/^250/);
        }
      }),
    );
    expect(new Set(await subjects('?limit=500')).size).toBe(200);
    const ids = (await getJson('/api/mails?limit=500')).items.map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted((a, b) => b - a));
    await catcher.stop();
    await start();
    expect(catcher.count()).toBe(200);
  });

  it('deletes everything when asked, and never uses an id again', async () => {
    await (await connect()).send({ to: 'a@x.example', source: mail('Old') });
    expect(await (await get('/api/mails', { method: 'DELETE' })).json()).toEqual({ mails: 0 });
    expect(await readdir(join(folder, 'mails'))).toEqual([]);
    await catcher.stop();
    await start();
    expect(await (await connect()).send({ to: 'a@x.example', source: mail('New') })).toBe(
      '250 OK: kept as 2',
    );
  });

  it('says that it could not keep a mail when the disk refuses', async () => {
    const client = await connect();
    await rm(join(folder, 'mails'), { recursive: true });
    expect(await client.send({ to: 'a@x.example', source: mail('Lost') })).toMatch(/^452/);
    expect(catcher.count()).toBe(0);
    expect(faults).toHaveLength(1);
  });

  it('answers only to its own name, and only to what it knows', async () => {
    const { port } = new URL(catcher.url);
    const status = async (host: string) => {
      const { request } = await import('node:http');
      return new Promise((resolve) =>
        request({ port, host: '127.0.0.1', path: '/api/mails', headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        }).end(),
      );
    };
    expect(await status(`evil.example:${port}`)).toBe(421);
    expect(await status(`localhost:${port}`)).toBe(200);
    expect(await status(`[::1]:${port}`)).toBe(200);
    expect((await get('/api/nothing')).status).toBe(404);
    expect((await get('/nothing')).status).toBe(404);
    expect((await get('/api/mails', { method: 'POST' })).status).toBe(405);
    expect((await get('/api/mails/1/attachments/1')).status).toBe(404);
  });

  it('shows hostile mails as text', async () => {
    const boundary = 'b';
    const source = [
      'From: "<script>1</script>" <a@x.example>',
      'Subject: <img src=x onerror=alert(1)>',
      'X-Evil: </td><script>2</script>',
      `Content-Type: multipart/mixed; boundary=${boundary}`,
      '',
      `--${boundary}`,
      'Content-Type: text/html',
      '',
      '<p>Hi</p><script>3</script>',
      `--${boundary}`,
      'Content-Type: text/html',
      'Content-Disposition: attachment; filename="<b>.html"',
      '',
      '<script>4</script>',
      `--${boundary}--`,
    ].join('\r\n');
    await (await connect()).send({ to: 'a@x.example', source });

    for (const path of [
      '/',
      '/mails/1',
      '/mails/1?view=text',
      '/mails/1?view=headers',
      '/mails/1?view=source',
    ]) {
      const response = await get(path);
      const page = await response.text();
      expect(page).not.toMatch(/<script>|<img|<b>/);
      expect(response.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'self';/,
      );
    }
    const body = await get('/mails/1/body');
    expect(body.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none';/);
    const attachment = await get('/api/mails/1/attachments/1');
    expect(attachment.headers.get('content-disposition')).toBe(
      `attachment; filename="_b_.html"; filename*=UTF-8''_b_.html`,
    );
    expect(attachment.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await attachment.text()).toBe('<script>4</script>');
  });
});
