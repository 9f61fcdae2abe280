import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { FaultySmtpServer } from './faulty-smtp-server.js';

async function greeting({ host, port }: FaultySmtpServer): Promise<string> {
  const socket = connect(port, host);
  try {
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    return bytes.toString();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  } finally {
    socket.destroy();
  }
}

describe('The faulty mail server', () => {
  it('refuses connections while it is down, and greets on the same port afterwards', async () => {
    const server = await FaultySmtpServer.start();
    try {
      expect(await greeting(server)).toMatch(/^220 mail\.example/);
      await server.down();
      expect(await greeting(server)).toBe('ECONNREFUSED');
      await server.up();
      expect(await greeting(server)).toMatch(/^220 mail\.example/);
    } finally {
      await server.stop();
    }
  });

  it.each([
    { kind: 'delay', delayMs: 30 },
    { kind: 'slow', delayMs: 1 },
  ] as const)('answers commands that were sent ahead in their order: $kind', async (fault) => {
    const server = await FaultySmtpServer.start();
    server.failNext('rcpt', fault);
    const socket = connect(server.port, server.host);
    try {
      const replies = createInterface(socket)[Symbol.asyncIterator]();
      const reply = async () => (await replies.next()).value as string;
      await reply();
      socket.write('HELO client.example\r\n');
      await reply();
      socket.write('MAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\nVRFY c\r\nDATA\r\n');
      const codes = [await reply(), await reply(), await reply(), await reply()].map((line) =>
        line.slice(0, 3),
      );
      expect(codes).toEqual(['250', '250', '252', '354']);
    } finally {
      socket.destroy();
      await server.stop();
    }
  });
});
