import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';

/** A port in front of a server that can be closed and opened again, as when the server goes down and comes back. */
export class ClosablePort {
  readonly host = '127.0.0.1';
  /** Connections that were asked for while it was closed: each was hung up at once. */
  refused = 0;
  private isOpen = true;
  private readonly open = new Set<Socket>();
  private firstByte = Promise.withResolvers<number>();

  private constructor(
    readonly port: number,
    private readonly server: net.Server,
    private readonly behind: { readonly host: string; readonly port: number },
  ) {
    server.on('connection', (socket) => this.connect(socket));
  }

  static async start(behind: { readonly host: string; readonly port: number }): Promise<ClosablePort> {
    const server = net.createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ClosablePort((server.address() as AddressInfo).port, server, behind);
  }

  close(): void {
    this.isOpen = false;
    for (const socket of this.open) socket.destroy();
  }

  /** @returns when the first one that connected after it said something, in milliseconds (`performance.now`) */
  reopen(): Promise<number> {
    this.firstByte = Promise.withResolvers();
    this.isOpen = true;
    return this.firstByte.promise;
  }

  async stop(): Promise<void> {
    this.close();
    this.server.close();
    await once(this.server, 'close');
  }

  private connect(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    if (!this.isOpen) {
      this.refused += 1;
      socket.destroy();
      return;
    }
    const server = net.connect({ ...this.behind, noDelay: true });
    this.open.add(socket).add(server);
    server.on('error', () => socket.destroy());
    for (const [one, other] of [
      [socket, server],
      [server, socket],
    ] as const) {
      one.pipe(other);
      one.once('close', () => {
        this.open.delete(one);
        other.destroy();
      });
    }
    socket.once('data', () => this.firstByte.resolve(performance.now()));
  }
}
