import { once } from 'node:events';
import net from 'node:net';

/** Below the ports that systems give to outgoing connections (from 32768 on Linux, 49152 elsewhere). */
const [lowest, highest] = [15_000, 32_000];
const tries = 200;

/**
 * A TCP port of the loopback interface that nobody listens on at the moment. It is none that the system may give to an
 * outgoing connection, so that a server which is killed finds it free when it is started again.
 */
export async function freePort(): Promise<number> {
  for (let left = tries; left > 0; left -= 1) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    const server = net.createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      continue; // taken
    }
    server.close();
    await once(server, 'close');
    return port;
  }
  throw new Error(`Between ${lowest} and ${highest} no port was free.`);
}

/** So many different ones. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}
