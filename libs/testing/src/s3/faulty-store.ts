import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** What an object store does instead of its normal answer. */
export type StoreFault =
  /** Answers 503 Slow Down, as S3 does when it is overloaded. */
  | { readonly kind: 'unavailable' }
  /** Cuts the connection before it answers. */
  | { readonly kind: 'cut' }
  /** Gives its normal answer, later. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Gives the first half of the object as if that were all of it. */
  | { readonly kind: 'truncate' }
  /** Gives all of the object, with one byte changed. */
  | { readonly kind: 'damage' };

export interface StoreRequest {
  readonly method: string;
  /** With the bucket in front. */
  readonly key: string;
}

/** Decides about each request; `undefined` lets the store's own answer through. */
export type StoreFaultPlan = (request: StoreRequest) => StoreFault | undefined;

/** Stands in front of a real S3 server and misbehaves as its plan says. */
export class FaultyStore {
  plan: StoreFaultPlan | undefined;
  /** Requests that were answered by a fault. */
  faults = 0;
  private readonly agent = new http.Agent({ keepAlive: true });

  private constructor(
    private readonly server: http.Server,
    private readonly target: URL,
  ) {}

  /** @param endpoint of the real server */
  static async start(endpoint: string): Promise<FaultyStore> {
    const server = http.createServer({ keepAliveTimeout: 60_000 }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const store = new FaultyStore(server, new URL(endpoint));
    server.on('request', (request, response) => store.answer(request, response));
    return store;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    this.agent.destroy();
    await once(this.server, 'close');
  }

  private answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { method = 'GET', url = '/' } = request;
    const key = decodeURIComponent(url.split('?', 1)[0]!.slice(1));
    const fault = this.plan?.({ method, key });
    if (fault !== undefined) this.faults += 1;
    switch (fault?.kind) {
      case 'unavailable':
        request.resume();
        request.once('end', () => {
          response.writeHead(503, { 'content-type': 'application/xml' });
          response.end('<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Later</Message></Error>');
        });
        return;
      case 'cut':
        request.socket.destroy();
        return;
      case 'slow':
        setTimeout(() => this.forward(request, response), fault.delayMs).unref();
        return;
      case 'truncate':
      case 'damage':
        this.forward(request, response, spoils[fault.kind]);
        return;
      case undefined:
        this.forward(request, response);
    }
  }

  /** The signature covers the host that the caller named, so headers go on as they are. */
  private forward(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    spoil?: (bytes: Buffer) => Buffer,
  ): void {
    const { hostname, port } = this.target;
    const { method, url, rawHeaders } = request;
    const onward = http.request(
      { hostname, port, method, path: url, headers: pairsOf(rawHeaders), agent: this.agent },
      (answer) => {
        const { statusCode = 502 } = answer;
        if (spoil === undefined || statusCode >= 300) {
          response.writeHead(statusCode, answer.rawHeaders);
          answer.pipe(response);
          return;
        }
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const bytes = spoil(Buffer.concat(chunks));
          // The check sums of the whole would give it away: a store that lost bytes has none of them.
          const headers = Object.entries(answer.headers).filter(([name]) => !/checksum|length/.test(name));
          response.writeHead(statusCode, {
            ...Object.fromEntries(headers),
            'content-length': String(bytes.length),
          });
          response.end(bytes);
        });
      },
    );
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }
}

const spoils = {
  truncate: (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length / 2)),
  damage: (bytes: Buffer) => {
    const spoilt = Buffer.from(bytes);
    const at = Math.floor(bytes.length / 2);
    if (bytes.length > 0) spoilt[at] = spoilt[at]! ^ 0xff;
    return spoilt;
  },
} as const;

function pairsOf(raw: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (let at = 0; at < raw.length; at += 2) {
    const [name, value] = [raw[at]!, raw[at + 1]!];
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return headers;
}
