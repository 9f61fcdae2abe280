/**
 * A mail server that takes everything and answers each mail after a delay, in a process of its own: `smtp-sink` waits for
 * whole seconds only. Its argument is the delay in milliseconds; it tells its parent the port.
 */
import net from 'node:net';

const delayMs = Number(process.argv[2]);
const endOfMail = '\r\n.\r\n';

function answer(line: string): string {
  const verb = line.slice(0, 4).toUpperCase();
  if (verb === 'EHLO') return '250-sink\r\n250 PIPELINING\r\n';
  if (verb === 'DATA') return '354 Go on\r\n';
  if (verb === 'QUIT') return '221 Bye\r\n';
  return '250 Ok\r\n';
}

const server = net.createServer({ noDelay: true }, (socket) => {
  let isContent = false;
  let isAnswering = false;
  let text = '';
  socket.setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.write('220 sink\r\n');

  /** Answers in order: what was said behind a mail waits for that mail's answer. */
  function read(): void {
    let said = '';
    while (!isAnswering) {
      const end = isContent ? text.indexOf(endOfMail) : text.indexOf('\r\n');
      if (end < 0) break;
      if (isContent) {
        text = text.slice(end + endOfMail.length);
        isContent = false;
        isAnswering = true;
        setTimeout(taken, delayMs);
        continue;
      }
      const line = text.slice(0, end);
      text = text.slice(end + 2);
      said += answer(line);
      // What follows is content; the line end before it may be the one before its final dot.
      isContent = /^DATA/i.test(line);
    }
    if (said !== '') socket.write(said);
  }

  function taken(): void {
    socket.write('250 Ok: taken\r\n');
    isAnswering = false;
    read();
  }

  socket.on('data', (chunk: string) => {
    text += chunk;
    read();
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as net.AddressInfo).port }));
process.once('disconnect', () => process.exit());
