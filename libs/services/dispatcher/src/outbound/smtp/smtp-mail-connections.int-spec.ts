import { eventually } from '@mailrun/platform-messaging/testing';
import { Readable } from 'node:stream';
import {
  FaultySmtpServer,
  expiredCertificate,
  localhostCertificate,
  type FaultySmtpServerOptions,
  type SmtpFault,
  type SmtpStage,
} from '@mailrun/testing';
import type { MailConnection, TranscriptLine } from '../../application/ports/mail-connections.port.js';
import type { ServerSettings } from '../../domain/server-settings.js';
import { SmtpMailConnections, type SmtpOptions } from './smtp-mail-connections.js';

const bytes = Buffer.from(
  'Subject: Invoice\r\nMessage-ID: <1@x.test>\r\n\r\n.dots\r\n..\r\nDear customer\r\n',
);
const mail = {
  envelopeFrom: 'billing@x.test',
  recipients: ['a@y.test'],
  sizeBytes: bytes.length,
  content: bytes,
};

let server: FaultySmtpServer;
const open: MailConnection[] = [];

async function start(options: FaultySmtpServerOptions = {}): Promise<FaultySmtpServer> {
  server = await FaultySmtpServer.start(options);
  return server;
}

async function connect(
  settings: Partial<ServerSettings> = {},
  options: SmtpOptions = {},
  transcript?: TranscriptLine[],
) {
  const connections = new SmtpMailConnections({
    replyTimeoutMs: 2_000,
    ca: [localhostCertificate.cert],
    ...options,
  });
  const all: ServerSettings = {
    tenantId: '019351a0-0000-7000-8000-000000000001',
    serverKey: 'main',
    version: 1,
    host: server.host,
    port: settings.port ?? server.port,
    tls: 'none',
    verifyCertificate: true,
    maxConnections: 5,
    ...settings,
  };
  const connection = await (transcript
    ? connections.openWithTranscript(all, transcript)
    : connections.open(all));
  open.push(connection);
  return connection;
}

afterEach(async () => {
  for (const connection of open.splice(0)) void connection.close();
  await server.stop();
});

it('is gone on both sides once it was closed', async () => {
  await start();
  const connection = await connect();
  expect(server.ledger.openConnections).toBe(1);
  await connection.close();
  await server.ledger.until(({ openConnections }) => openConnections === 0);
  expect(connection.isUsable).toBe(false);
});

describe('one mail', () => {
  it.each([true, false])('arrives byte by byte as it was sealed (pipelining %s)', async (pipelining) => {
    await start({ pipelining });
    const connection = await connect();
    expect(await connection.transmit(mail)).toMatchObject({
      ended: 'accepted',
      reply: { smtpCode: 250 },
      refused: [],
    });
    expect(server.ledger.mails).toHaveLength(1);
    expect(server.ledger.mails[0]!.content!.equals(bytes)).toBe(true);
    expect(server.ledger.mails[0]!).toMatchObject({
      envelopeFrom: 'billing@x.test',
      recipients: ['a@y.test'],
    });
  });

  it('arrives from a stream as well', async () => {
    await start();
    const large = Buffer.from(`.${'x'.repeat(70)}\r\n`.repeat(30_000));
    const connection = await connect();
    const content = Readable.from([large.subarray(0, 1_000_000), large.subarray(1_000_000)]);
    expect(await connection.transmit({ ...mail, sizeBytes: large.length, content })).toMatchObject({
      ended: 'accepted',
    });
    expect(server.ledger.mails[0]!.content!.equals(large)).toBe(true);
  });

  it('is followed by others on the same connection', async () => {
    await start();
    const connection = await connect();
    for (let i = 0; i < 5; i += 1)
      expect(await connection.transmit(mail)).toMatchObject({ ended: 'accepted' });
    expect(server.ledger.connections).toBe(1);
  });

  it('goes to those that the server takes, and names the others with their replies', async () => {
    await start({
      plan: ({ stage, recipients }) =>
        stage === 'rcpt' && recipients[0] === 'b@y.test'
          ? { kind: 'reply', code: 550, text: '5.1.1 no such user' }
          : undefined,
    });
    const connection = await connect();
    const result = await connection.transmit({ ...mail, recipients: ['a@y.test', 'b@y.test', 'c@y.test'] });
    expect(result).toMatchObject({
      ended: 'accepted',
      refused: [
        { address: 'b@y.test', reply: { smtpCode: 550, enhancedCode: '5.1.1', text: 'no such user' } },
      ],
    });
    expect(server.ledger.mails[0]!.recipients).toEqual(['a@y.test', 'c@y.test']);
  });

  it.each([true, false])(
    'leaves a usable connection when all recipients are refused (pipelining %s)',
    async (pipelining) => {
      await start({ pipelining });
      server.failNext('rcpt', { kind: 'reply', code: 450, text: '4.2.0 greylisted' }, 2);
      const connection = await connect();
      expect(await connection.transmit({ ...mail, recipients: ['a@y.test', 'b@y.test'] })).toMatchObject({
        ended: 'refused',
        stage: 'rcpt',
        refused: [
          { address: 'a@y.test', reply: { smtpCode: 450, enhancedCode: '4.2.0' } },
          { address: 'b@y.test', reply: { smtpCode: 450 } },
        ],
      });
      expect(await connection.transmit(mail)).toMatchObject({ ended: 'accepted' });
      expect(server.ledger.connections).toBe(1);
      expect(server.ledger.mails).toHaveLength(1);
    },
  );

  it.each<[SmtpStage, string]>([
    ['mail', 'mail'],
    ['data', 'data'],
    ['final', 'after-dot'],
  ])('leaves a usable connection when it is refused at %s', async (stage, reached) => {
    await start();
    server.failNext(stage, { kind: 'reply', code: 451, text: '4.3.0 not now' });
    const connection = await connect();
    expect(await connection.transmit(mail)).toMatchObject({
      ended: 'refused',
      stage: reached,
      reply: { smtpCode: 451, enhancedCode: '4.3.0', text: 'not now' },
    });
    expect(await connection.transmit(mail)).toMatchObject({ ended: 'accepted' });
    expect(server.ledger.connections).toBe(1);
  });

  it('is not begun when it is larger than the server announces', async () => {
    await start({ maxSizeBytes: 20 });
    const connection = await connect();
    expect(await connection.transmit(mail)).toMatchObject({
      ended: 'refused',
      stage: 'mail',
      reply: { smtpCode: 552, enhancedCode: '5.3.4' },
    });
    expect(connection.isUsable).toBe(true);
  });

  it('never lets an address redirect it', async () => {
    await start();
    const connection = await connect();
    const recipients = ['b@y.test\r\nRCPT TO:<evil@z.test>', 'c@y.test>,<evil@z.test', 'good@y.test'];
    expect(await connection.transmit({ ...mail, recipients })).toMatchObject({ ended: 'accepted' });
    expect(server.ledger.mails[0]!.recipients).toEqual(['good@y.test']);
  });

  it('names international domains in ASCII', async () => {
    await start();
    const connection = await connect();
    await connection.transmit({ ...mail, recipients: ['info@bücher.example'] });
    expect(server.ledger.mails[0]!.recipients[0]).toMatch(/^info@(xn--bcher-kva|bücher)\.example$/);
  });
});

describe('an envelope that leaves together with the mail before it', () => {
  const second = Buffer.from('Subject: Reminder\r\n\r\n.second\r\n');
  const next = {
    envelopeFrom: 'dunning@x.test',
    recipients: ['b@y.test', 'c@y.test'],
    sizeBytes: second.length,
    content: second,
  };

  /** What the server saw and said, command by command. */
  const spoken = (lines: readonly TranscriptLine[]) =>
    lines.map(({ from, text }) => `${from === 'client' ? 'C' : 'S'} ${text.slice(0, 8).trim()}`);

  it('saves a round trip, and each content follows its own envelope', async () => {
    await start();
    const transcript: TranscriptLine[] = [];
    const connection = await connect({}, {}, transcript);
    transcript.length = 0;
    expect(connection.takesAhead).toBe(true);
    expect(await connection.transmit(mail, next)).toMatchObject({ ended: 'accepted' });
    expect(connection.isPromised).toBe(true);
    expect(await connection.transmit(next, mail)).toMatchObject({ ended: 'accepted' });
    expect(await connection.transmit(mail)).toMatchObject({ ended: 'accepted' });
    expect(connection.isPromised).toBe(false);
    const received = server.ledger.mails.map(({ envelopeFrom, recipients, content }) => ({
      envelopeFrom,
      recipients,
      content: content!.toString(),
    }));
    const first = { envelopeFrom: mail.envelopeFrom, recipients: mail.recipients, content: bytes.toString() };
    expect(received).toEqual([
      first,
      { envelopeFrom: next.envelopeFrom, recipients: next.recipients, content: second.toString() },
      first,
    ]);
    expect(server.ledger.connections).toBe(1);
    // The next envelope is said before the answer to the content is heard.
    expect(spoken(transcript).slice(6, 11)).toEqual([
      'C MAIL FRO',
      'C RCPT TO:',
      'C RCPT TO:',
      'C DATA',
      'S 250 OK:',
    ]);
  });

  it('follows a large mail from a stream too', async () => {
    await start();
    const large = Buffer.from(`.${'x'.repeat(70)}\r\n`.repeat(5_000));
    const connection = await connect();
    const content = Readable.from([large]);
    expect(await connection.transmit({ ...mail, sizeBytes: large.length, content }, next)).toMatchObject({
      ended: 'accepted',
    });
    expect(await connection.transmit(next)).toMatchObject({ ended: 'accepted' });
    expect(server.ledger.mails.map(({ content: got }) => got!.length)).toEqual([large.length, second.length]);
  });

  it('is not sent where the server does not offer pipelining', async () => {
    await start({ pipelining: false });
    const connection = await connect();
    expect(connection.takesAhead).toBe(false);
  });

  it('is followed by no other content', async () => {
    await start();
    const connection = await connect();
    await connection.transmit(mail, next);
    expect(await connection.transmit({ ...next, recipients: ['other@y.test'] })).toMatchObject({
      ended: 'broken',
      stage: 'mail',
    });
    expect(connection.isUsable).toBe(false);
    await server.ledger.until(({ openConnections }) => openConnections === 0);
    expect(server.ledger.mails).toHaveLength(1);
  });

  it('is dropped with its connection, without a word that the server could take for content', async () => {
    await start();
    const connection = await connect();
    await connection.transmit(mail, next);
    await connection.close();
    await server.ledger.until(({ openConnections }) => openConnections === 0);
    expect(server.ledger.mails).toHaveLength(1);
  });

  it('names the recipients that the server refused meanwhile', async () => {
    await start();
    server.plan = ({ stage, recipients }) =>
      stage === 'rcpt' && recipients[0] === 'c@y.test'
        ? { kind: 'reply', code: 550, text: '5.1.1 no such user' }
        : undefined;
    const connection = await connect();
    await connection.transmit(mail, next);
    expect(await connection.transmit(next)).toMatchObject({
      ended: 'accepted',
      refused: [{ address: 'c@y.test', reply: { smtpCode: 550 } }],
    });
    expect(server.ledger.mails[1]!.recipients).toEqual(['b@y.test']);
  });

  it.each(['mail', 'rcpt', 'data'] as const)(
    'is said again, alone, when the server refused it at %s; it is sent ahead no more',
    async (stage) => {
      await start();
      const connection = await connect();
      // The second mail that the server hears of is the one that was said ahead.
      server.plan = ({ stage: at, mail: number }) =>
        at === stage && number === 2 ? { kind: 'reply', code: 503, text: '5.5.1 not yet' } : undefined;
      expect(await connection.transmit(mail, next)).toMatchObject({ ended: 'accepted' });
      expect(await connection.transmit(next)).toMatchObject({ ended: 'accepted', refused: [] });
      expect(server.ledger.mails[1]).toMatchObject({ recipients: next.recipients });
      expect(connection).toMatchObject({ isUsable: true, takesAhead: false });
    },
  );

  it('gives the outcome of its own turn when it is refused again', async () => {
    await start();
    const connection = await connect();
    server.plan = ({ stage, recipients }) =>
      stage === 'rcpt' && recipients[0] !== mail.recipients[0]
        ? { kind: 'reply', code: 450, text: '4.2.0 greylisted' }
        : undefined;
    await connection.transmit(mail, next);
    expect(await connection.transmit(next, mail)).toMatchObject({
      ended: 'refused',
      stage: 'rcpt',
      reply: { smtpCode: 450 },
    });
    expect(connection.takesAhead).toBe(true);
    expect(await connection.transmit(mail)).toMatchObject({ ended: 'accepted' });
  });

  it.each([
    ['closes', { kind: 'close' }],
    ['resets', { kind: 'reset' }],
    ['says 421', { kind: 'reply', code: 421, text: '4.4.2 closing', thenClose: true }],
  ] as [string, SmtpFault][])(
    'is not begun when the server %s at it, and the one before it is accepted',
    async (_, fault) => {
      await start();
      server.plan = ({ stage, envelopeFrom }) =>
        stage === 'mail' && envelopeFrom === next.envelopeFrom ? fault : undefined;
      const connection = await connect();
      expect(await connection.transmit(mail, next)).toMatchObject({ ended: 'accepted' });
      expect(await connection.transmit(next)).toMatchObject({ stage: 'mail' });
      expect(connection.isUsable).toBe(false);
      expect(server.ledger.mails).toHaveLength(1);
    },
  );

  it('is sent ahead no more to a server that answers out of turn', async () => {
    await start();
    server.plan = ({ stage, envelopeFrom }) =>
      stage === 'rcpt' && envelopeFrom === next.envelopeFrom
        ? { kind: 'raw', bytes: '354 Go on\r\n' }
        : undefined;
    const connection = await connect();
    expect(await connection.transmit(mail, next)).toMatchObject({ ended: 'accepted' });
    expect(await connection.transmit(next)).toMatchObject({
      ended: 'broken',
      stage: 'rcpt',
      cause: 'protocol',
    });
    expect(connection).toMatchObject({ isUsable: false, takesAhead: false });
    expect(server.ledger.mails).toHaveLength(1);
  });

  it('breaks, before its content, with a server that does not answer it', async () => {
    await start();
    server.plan = ({ stage, envelopeFrom }) =>
      stage === 'rcpt' && envelopeFrom === next.envelopeFrom ? { kind: 'hang' } : undefined;
    const connection = await connect({}, { replyTimeoutMs: 300 });
    expect(await connection.transmit(mail, next)).toMatchObject({ ended: 'accepted' });
    expect(await connection.transmit(next)).toMatchObject({
      ended: 'broken',
      stage: 'rcpt',
      cause: 'timeout',
    });
    expect(server.ledger.mails).toHaveLength(1);
  });

  it.each([
    ['refused', { kind: 'reply', code: 451, text: '4.3.0 later' }, { ended: 'refused', stage: 'after-dot' }],
    ['never answered', { kind: 'close' }, { ended: 'broken', stage: 'after-dot' }],
  ] as [string, SmtpFault, object][])(
    'changes nothing for a mail before it that is %s',
    async (_, fault, expected) => {
      await start();
      const connection = await connect();
      server.failNext('final', fault);
      expect(await connection.transmit(mail, next)).toMatchObject(expected);
      if (fault.kind === 'reply')
        expect(await connection.transmit(next)).toMatchObject({ ended: 'accepted' });
      else expect(connection.isUsable).toBe(false);
    },
  );

  it('is not sent when the content before it could not be', async () => {
    await start();
    const connection = await connect();
    const content = Buffer.from('Subject: x\r\n\r\n\r.\r\n');
    expect(await connection.transmit({ ...mail, content }, next)).toMatchObject({ cause: 'sealed-mail' });
    expect(connection).toMatchObject({ isUsable: false, isPromised: false });
  });
});

describe('a conversation that breaks', () => {
  const breaks: [SmtpStage, SmtpFault['kind'], string][] = [
    ['mail', 'close', 'mail'],
    ['mail', 'hang', 'mail'],
    ['mail', 'reset', 'mail'],
    ['rcpt', 'close', 'rcpt'],
    ['rcpt', 'hang', 'rcpt'],
    ['data', 'close', 'rcpt'],
    ['data', 'hang', 'rcpt'],
    ['final', 'close', 'after-dot'],
    ['final', 'hang', 'after-dot'],
    ['final', 'reset', 'after-dot'],
  ];
  it.each(breaks)('at %s by %s is known to have reached %s', async (stage, kind, reached) => {
    await start();
    server.failNext(stage, { kind } as SmtpFault);
    const connection = await connect({}, { replyTimeoutMs: 300, finalReplyTimeoutMs: 300 });
    expect(await connection.transmit(mail)).toMatchObject({
      ended: 'broken',
      stage: reached,
      cause: kind === 'hang' ? 'timeout' : 'connection-lost',
    });
    expect(connection.isUsable).toBe(false);
    expect(server.ledger.mails).toHaveLength(reached === 'after-dot' ? 1 : 0);
  });

  it('in the content of a large mail is known to be before the dot', async () => {
    await start();
    server.failNext('content', { kind: 'reset' });
    const large = Buffer.alloc(40_000_000, 'x');
    const connection = await connect();
    expect(await connection.transmit({ ...mail, sizeBytes: large.length, content: large })).toMatchObject({
      ended: 'broken',
      stage: 'content',
    });
  });

  it('is not usable any more when the server closed it while nothing was said', async () => {
    await start({ idleTimeoutMs: 500 });
    const connection = await connect();
    expect(connection.isUsable).toBe(true);
    await eventually(() => !connection.isUsable);
  });

  it('waits longer for the last reply than for the others', async () => {
    await start();
    server.failNext('final', { kind: 'delay', delayMs: 400 });
    const connection = await connect({}, { replyTimeoutMs: 150, finalReplyTimeoutMs: 5_000 });
    expect(await connection.transmit(mail)).toMatchObject({ ended: 'accepted' });
  });

  it.each(['mail', 'rcpt', 'data'] as const)(
    'takes what is no reply to %s for a broken conversation, and trusts nothing that comes after it',
    async (stage) => {
      await start();
      for (const bytes of ['HTTP/1.1 400 Bad Request\r\n', '99 ??\r\n', '\u0001\u0002\r\n', '700 what\r\n']) {
        const connection = await connect();
        server.failNext(stage, { kind: 'raw', bytes });
        const transmission = await connection.transmit({ ...mail, recipients: ['a@y.test', 'b@y.test'] });
        expect(transmission).toMatchObject({ ended: 'broken', cause: 'protocol', refused: [] });
        expect(transmission).not.toMatchObject({ stage: 'after-dot' });
        expect(connection.isUsable).toBe(false);
      }
      expect(server.ledger.mails).toHaveLength(0);
    },
  );

  it('takes garbage after the dot for no answer', async () => {
    await start();
    server.failNext('final', { kind: 'raw', bytes: 'what?\r\n' });
    const connection = await connect();
    expect(await connection.transmit(mail)).toMatchObject({
      ended: 'broken',
      stage: 'after-dot',
      cause: 'protocol',
    });
    expect(connection.isUsable).toBe(false);
  });

  it.each<SmtpStage>(['mail', 'rcpt', 'data', 'final'])(
    'is a refusal when the server says 421 at %s',
    async (stage) => {
      await start();
      server.failNext(stage, { kind: 'reply', code: 421, text: '4.3.2 shutting down', thenClose: true });
      const connection = await connect();
      expect(await connection.transmit(mail)).toMatchObject({ ended: 'refused', reply: { smtpCode: 421 } });
      expect(connection.isUsable).toBe(false);
    },
  );

  it('does not end the mail when its source fails in the middle', async () => {
    await start();
    const connection = await connect();
    const content = Readable.from(
      (function* () {
        yield Buffer.alloc(300_000, 'x');
        throw new Error('The hash is another.');
      })(),
    );
    expect(await connection.transmit({ ...mail, sizeBytes: 400_000, content })).toMatchObject({
      ended: 'broken',
      stage: 'content',
      cause: 'sealed-mail',
      detail: 'The hash is another.',
    });
    await server.ledger.until(({ openConnections }) => openConnections === 0);
    expect(server.ledger.mails).toHaveLength(0);
  });

  it('never sends bytes with a dot after a bare carriage return', async () => {
    await start();
    const content = Buffer.from('Hello\r.\rMAIL FROM:<evil@z.test>\r\n');
    const connection = await connect();
    expect(await connection.transmit({ ...mail, content })).toMatchObject({
      ended: 'broken',
      cause: 'sealed-mail',
    });
    expect(server.ledger.mails).toHaveLength(0);
  });

  it('notices that the server closed the idle connection', async () => {
    await start();
    const connection = await connect();
    await connection.transmit(mail);
    server.resetConnections();
    await server.ledger.until(({ openConnections }) => openConnections === 0);
    expect(await connection.transmit(mail)).toMatchObject({ ended: 'broken', stage: 'mail' });
    expect(connection.isUsable).toBe(false);
  });
});

describe('opening a connection', () => {
  it('logs in', async () => {
    await start({ credentials: { user: 'u', password: 'p' } });
    const connection = await connect({ credentials: { user: 'u', password: 'p' } });
    expect(await connection.transmit(mail)).toMatchObject({ ended: 'accepted' });
  });

  it('says that the credentials were refused', async () => {
    await start({ credentials: { user: 'u', password: 'p' } });
    await expect(connect({ credentials: { user: 'u', password: 'wrong' } })).rejects.toMatchObject({
      fault: { stage: 'auth', cause: 'reply', reply: { smtpCode: 535, enhancedCode: '5.7.8' } },
    });
  });

  it('says that the server offers no login', async () => {
    await start();
    await expect(connect({ credentials: { user: 'u', password: 'p' } })).rejects.toMatchObject({
      fault: { stage: 'auth', cause: 'auth-not-offered' },
    });
  });

  it.each(['implicit', 'starttls'] as const)('encrypts: %s', async (tls) => {
    await start({ tls, credentials: { user: 'u', password: 'p' } });
    const connection = await connect({ tls, host: 'localhost', credentials: { user: 'u', password: 'p' } });
    expect(await connection.transmit(mail)).toMatchObject({ ended: 'accepted' });
  });

  it('goes on in plain text only where that is allowed', async () => {
    await start();
    await expect(connect({ tls: 'starttls' })).rejects.toMatchObject({ fault: { stage: 'starttls' } });
    expect(await (await connect({ tls: 'opportunistic' })).transmit(mail)).toMatchObject({
      ended: 'accepted',
    });
  });

  it.each(['implicit', 'starttls'] as const)('refuses a certificate that is not valid: %s', async (tls) => {
    await start({ tls, certificate: expiredCertificate });
    await expect(connect({ tls, host: 'localhost' })).rejects.toMatchObject({ fault: { cause: 'tls' } });
  });

  it('encrypts to anybody when encryption is opportunistic', async () => {
    await start({ tls: 'starttls', certificate: expiredCertificate });
    expect(await (await connect({ tls: 'opportunistic' })).transmit(mail)).toMatchObject({
      ended: 'accepted',
    });
  });

  it('names what failed when nobody listens', async () => {
    await start();
    const { port } = server;
    await server.stop();
    await expect(connect({ port })).rejects.toMatchObject({
      fault: { stage: 'connect', cause: 'connection-refused' },
    });
  });

  it.each<[SmtpFault, object]>([
    [{ kind: 'hang' }, { stage: 'greeting', cause: 'timeout' }],
    [{ kind: 'close' }, { stage: 'greeting', cause: 'connection-lost' }],
    [
      { kind: 'reply', code: 421, text: '4.3.2 busy' },
      { cause: 'reply', reply: { smtpCode: 421 } },
    ],
    [{ kind: 'raw', bytes: 'hello?\r\n' }, { cause: 'protocol' }],
  ])('names what failed in the greeting: %j', async (fault, expected) => {
    await start();
    server.failNext('connect', fault);
    await expect(connect({}, { greetingTimeoutMs: 300 })).rejects.toMatchObject({ fault: expected });
  });

  it('names the domain that does not exist', async () => {
    await start();
    await expect(connect({ host: 'nowhere.invalid' })).rejects.toMatchObject({
      fault: { stage: 'connect', cause: 'dns' },
    });
  });
});

describe('the transcript', () => {
  it('has both sides and no secret', async () => {
    await start({ credentials: { user: 'robot', password: 'Tr0ub4dor' } });
    const transcript: TranscriptLine[] = [];
    const connection = await connect(
      { credentials: { user: 'robot', password: 'Tr0ub4dor' } },
      {},
      transcript,
    );
    await connection.transmit(mail);
    const texts = transcript.map(({ from, text }) => `${from}: ${text}`);
    expect(texts).toContain('client: AUTH PLAIN ***');
    expect(texts).toContain('client: RCPT TO:<a@y.test>');
    expect(texts.some((text) => text.startsWith('server: 250'))).toBe(true);
    const whole = texts.join('\n');
    for (const secret of ['Tr0ub4dor', 'robot', Buffer.from('\0robot\0Tr0ub4dor').toString('base64')]) {
      expect(whole).not.toContain(secret);
    }
  });
});
