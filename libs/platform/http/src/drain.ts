import type { IncomingMessage } from 'node:http';

const maxBytes = 64 * 1024 * 1024;
const maxMs = 5_000;

/**
 * Reads and drops what is left of a body that nobody wants. To be waited for before an early answer: a connection
 * that is closed while its peer still sends is reset, and the answer lost on its way. Gives up after 64 MiB or five
 * seconds. @returns whether the body was read to its end
 */
export async function drain(request: IncomingMessage): Promise<boolean> {
  if (request.readableEnded) return true;
  if (request.destroyed) return false;
  // Whoever read the body until now lets go of it in this turn of the event loop.
  await new Promise((turn) => setImmediate(turn));
  return new Promise((resolve) => {
    let left = maxBytes;
    const done = () => {
      clearTimeout(timer);
      for (const event of ['end', 'close', 'error']) request.off(event, done);
      request.off('data', count);
      request.pause();
      resolve(request.readableEnded);
    };
    const count = (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) done();
    };
    const timer = setTimeout(done, maxMs);
    for (const event of ['end', 'close', 'error']) request.once(event, done);
    request.on('data', count);
    request.resume();
  });
}
