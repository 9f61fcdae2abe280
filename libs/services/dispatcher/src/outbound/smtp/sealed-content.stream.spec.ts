import { PassThrough, Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type net from 'node:net';
import DataStream from 'nodemailer/lib/smtp-connection/data-stream';
import { SealedContentStream, wireForm } from './sealed-content.stream.js';

const hostile: [string, string][] = [
  ['plain text', 'Subject: a\r\n\r\nHello\r\n'],
  ['a dot first', '.\r\nHello\r\n'],
  ['two dots first', '..\r\n'],
  ['an early end', 'Hello\r\n.\r\nMAIL FROM:<evil@z.test>\r\n'],
  ['a dot after every line end', 'a\r\n.b\r\n..c\r\n...d\r\n.\r\n.\r\n'],
  ['no line end at the end', 'Hello'],
  ['a dot at the end', 'Hello\r\n.'],
  ['a carriage return at the end', 'Hello\r'],
  ['a line feed alone before a dot, after a carriage return', '\r\n\r\n.\r\n\r\n'],
  ['nothing but a dot', '.'],
  ['dots in the middle of lines', 'a.b\r\nc.\r\nd..e\r\n'],
  ['no bytes at all', ''],
];

/** Every way to cut the text into up to three chunks. */
function* cuts(text: string): Generator<Buffer[]> {
  const bytes = Buffer.from(text);
  for (let first = 0; first <= bytes.length; first += 1) {
    for (let second = first; second <= bytes.length; second += 1) {
      yield [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)].filter(
        (piece) => piece.length > 0,
      );
    }
  }
}

async function byNodemailer(chunks: Buffer[]): Promise<Buffer> {
  const stream = new DataStream();
  return buffer(Readable.from(chunks).pipe(stream));
}

async function byUs(chunks: Buffer[], socket = new PassThrough()): Promise<Buffer> {
  const all = buffer(socket);
  const stream = new SealedContentStream(socket as unknown as net.Socket, (writeLast) => writeLast());
  stream.once('finish', () => socket.end());
  const failed = new Promise<never>((_, reject) => stream.once('error', reject));
  Readable.from(chunks).pipe(stream);
  return Promise.race([all, failed]);
}

describe('the stream that writes sealed mails', () => {
  it.each(hostile)('writes what nodemailer writes: %s', async (_, text) => {
    for (const chunks of cuts(text)) {
      expect((await byUs(chunks)).toString()).toBe((await byNodemailer(chunks)).toString());
    }
  });

  it('writes what nodemailer writes when the mail is larger than what it holds back', async () => {
    const line = `.${'x'.repeat(70)}\r\n`;
    const mail = Buffer.from(line.repeat(5_000));
    const chunks = [mail.subarray(0, 100_001), mail.subarray(100_001, 100_003), mail.subarray(100_003)];
    expect((await byUs(chunks)).equals(await byNodemailer(chunks))).toBe(true);
  });

  it.each(['a\r.\r', '\r.', 'x\r\r.\r\n'])(
    'refuses a dot after a bare carriage return, wherever it is cut',
    async (text) => {
      for (const chunks of cuts(text)) {
        await expect(byUs(chunks)).rejects.toThrow('dot after a bare carriage return');
      }
    },
  );

  it('says that the dot leaves only when all before the last 64 kB was taken', async () => {
    const written: number[] = [];
    const taken: (() => void)[] = [];
    const socket = new Writable({
      highWaterMark: 1,
      write: (chunk: Buffer, _encoding, done) => {
        written.push(chunk.length);
        taken.push(done);
      },
    });
    let isDotHandedOver = false;
    const stream = new SealedContentStream(socket as unknown as net.Socket, () => (isDotHandedOver = true));
    stream.write(Buffer.alloc(200_000, 'x'));
    stream.end();
    expect(written).toEqual([200_000 - 65_536]);
    expect(isDotHandedOver).toBe(false);
    const finished = new Promise((resolve) => stream.once('finish', resolve));
    taken.shift()!();
    await finished;
    expect(isDotHandedOver).toBe(true);
  });
});

describe('the whole of a small mail', () => {
  it.each(hostile)('is what nodemailer writes: %s', async (_, text) => {
    expect(wireForm(Buffer.from(text)).toString()).toBe((await byNodemailer([Buffer.from(text)])).toString());
  });

  it.each(['a\r.\r', '\r.', 'x\r\r.\r\n'])('is refused with a dot after a bare carriage return', (text) => {
    expect(() => wireForm(Buffer.from(text))).toThrow('dot after a bare carriage return');
  });
});
