import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { customerClusterLine, customerLine, invoiceLine, publicRoutes, type Route } from '@mailrun/contracts';

interface Received {
  readonly route: Route;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly bytes: Buffer;
  readonly headers: IncomingMessage['headers'];
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly etag?: string;
}

const lineSchemas = { clusters: customerClusterLine, customers: customerLine, invoices: invoiceLine };
const now = '2025-12-31T00:00:00.000Z';

/**
 * A stand-in for the public API that holds what it is given and asks of each call what the contract asks: a route that
 * exists, a body that its schema takes, `If-Match` on what is there, an idempotency key on a POST. Its runs take a step
 * each time they are read. Nothing is mailed.
 */
export class ContractApi {
  readonly received: Received[] = [];
  readonly stored = new Map<
    string,
    { version: number; body: Record<string, unknown>; isPublished: boolean; bytes: Buffer }
  >();
  readonly lines: Record<string, Record<string, unknown>[]> = {};
  readonly documents = new Map<string, Buffer>();
  runs: Record<string, unknown>[] = [];
  /** Answers of this many next calls that are 503. */
  outages = 0;
  private readonly server = createServer((request, response) => {
    void this.answer(request).then(({ status, body, etag }) => {
      const headers = { 'content-type': 'application/json', ...(etag !== undefined && { etag }) };
      response.writeHead(status, headers).end(body instanceof Buffer ? body : JSON.stringify(body));
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.stored.set('/v1/tenant', { version: 1, isPublished: false, bytes: Buffer.alloc(0), body: tenant });
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The ids of routes that were called and changed something. */
  writes(): string[] {
    return this.received.filter(({ route }) => route.method !== 'GET').map(({ route }) => route.id);
  }

  private async answer(request: IncomingMessage): Promise<Answer> {
    const bytes = await buffer(request);
    const url = new URL(request.url ?? '', 'http://api');
    const route = publicRoutes.find(
      ({ method, path }) => method === request.method && pattern(path).test(url.pathname),
    );
    if (!route) return refused(404, `There is no ${request.method} ${url.pathname}.`);
    if (this.outages > 0) {
      this.outages--;
      return refused(503, 'Try again.');
    }
    const call = { route, path: url.pathname, query: url.searchParams, bytes, headers: request.headers };
    const fault = faultOf(call);
    if (fault !== undefined) return refused(400, fault);
    this.received.push(call);
    return this.act(call);
  }

  private act(call: Received): Answer {
    const { id, method } = call.route;
    if (id === 'startImport') return this.import(call);
    if (id === 'putDocument') {
      this.documents.set(decodeURIComponent(call.path), call.bytes);
      return { status: 200, body: {} };
    }
    if (call.path.startsWith('/v1/message-runs')) return this.actOnRun(call);
    if (id.startsWith('publish')) {
      const stored = this.stored.get(call.path.replace(/\/publish$/, ''));
      if (!stored) return refused(404, 'Nothing to publish.');
      stored.isPublished = true;
      return { status: 200, body: {} };
    }
    return method === 'PUT' ? this.put(call) : this.get(call);
  }

  private get({ path, route }: Received): Answer {
    const stored = this.stored.get(path);
    if (!stored) return refused(404, 'Not found.');
    const isVersioned = publicRoutes.some(
      ({ path: other }) => other.endsWith('/publish') && pattern(other).test(`${path}/publish`),
    );
    const json = { ...stored.body, ...(isVersioned && { isPublished: stored.isPublished }) };
    const body = route.response.kind === 'stream' ? stored.bytes : json;
    return { status: 200, body, etag: `"${stored.version}"` };
  }

  private put({ path, route, bytes, headers }: Received): Answer {
    const stored = this.stored.get(path);
    if (stored && headers['if-match'] !== `"${stored.version}"`) return refused(428, 'If-Match!');
    if (!stored && headers['if-match'] !== undefined) return refused(412, 'There is none.');
    // Stored as the contract gives it back: defaults filled in.
    const parsed = route.body?.kind === 'json' ? route.body.schema.parse(JSON.parse(bytes.toString())) : {};
    const next = {
      version: (stored?.version ?? 0) + 1,
      body: parsed as Record<string, unknown>,
      isPublished: false,
      bytes,
    };
    this.stored.set(path, next);
    return { status: 200, body: next.body, etag: `"${next.version}"` };
  }

  private import({ path, bytes }: Received): Answer {
    const kind = path.split('/').at(-1) as keyof typeof lineSchemas;
    const lines = bytes
      .toString()
      .trim()
      .split('\n')
      .map((line) => lineSchemas[kind].parse(JSON.parse(line)));
    this.lines[kind] = lines;
    const counts = {
      lines: lines.length,
      created: lines.length,
      updated: 0,
      unchanged: 0,
      refused: 0,
      refusals: [],
    };
    return { status: 200, body: { id: randomUUID(), kind, state: 'completed', ...counts } };
  }

  private actOnRun({ route, path, bytes }: Received): Answer {
    const run = this.runs.find(({ id }) => path.includes(String(id)));
    switch (route.id) {
      case 'listMessageRuns':
        return { status: 200, body: { items: this.runs } };
      case 'createMessageRun':
        this.runs.push({
          id: randomUUID(),
          state: 'draft',
          expectedMessages: 3,
          ...JSON.parse(bytes.toString()),
        });
        return { status: 201, body: this.runs.at(-1) };
      case 'prepareMessageRun':
        return this.move(run, 'preparing', 202);
      case 'startMessageRun':
        return this.move(run, 'running', 202);
      case 'getDryRun':
        return { status: 200, body: dryRun };
      default:
        return this.read(run);
    }
  }

  /** Each look at a run shows it one step further. */
  private read(run: Record<string, unknown> | undefined): Answer {
    if (run?.state === 'preparing') return this.move(run, 'prepared', 200);
    if (run?.state === 'running') return this.move(run, 'completed', 200);
    return { status: 200, body: run };
  }

  private move(run: Record<string, unknown> | undefined, state: string, status: number): Answer {
    const counts =
      state === 'completed'
        ? { invoices: ended, messages: ended.slice(0, 1) }
        : { invoices: [], messages: [] };
    Object.assign(run ?? {}, { state, statusText: '', ...counts });
    return { status, body: run };
  }
}

const pattern = (path: string) =>
  new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}$`);

const refused = (status: number, detail: string): Answer => ({
  status,
  body: { code: `test.${status}`, detail },
});

function faultOf({ route, bytes, headers, query }: Received): string | undefined {
  if (headers.authorization !== 'Bearer mr_test_key') return 'No key.';
  if (route.method === 'POST' && route.body?.kind === 'json' && headers['idempotency-key'] === undefined) {
    return 'No Idempotency-Key.';
  }
  const checkedQuery = route.query?.safeParse(Object.fromEntries(query));
  if (checkedQuery?.success === false) return `${route.id}: ${checkedQuery.error.message}`;
  if (route.body?.kind !== 'json') return undefined;
  const checked = route.body.schema.safeParse(JSON.parse(bytes.toString()));
  return checked.success ? undefined : `${route.id}: ${checked.error.message}`;
}

const tenant = {
  id: randomUUID(),
  name: 'Sample',
  mode: 'test',
  testAddresses: [],
  allowedBccDomains: [],
  locale: 'en',
  timeZone: 'UTC',
  version: 1,
  createdAt: now,
  updatedAt: now,
};

const ended = [
  { status: 'sent', reason: null, count: 3 },
  { status: 'skipped', reason: 'no-password', count: 2 },
];

const dryRun = {
  preparationId: randomUUID(),
  mode: 'live',
  invoices: {
    lookedAt: 5,
    toSend: 3,
    skipped: [{ reason: 'no-password', count: 2, statusText: 'No password.', nextStep: 'Set one.' }],
  },
  messages: { toSend: 3 },
  notLookedAt: { notApproved: 0, periodEndsOutside: 0, mailedBefore: 0, notTheGroup: [] },
  attachmentBytes: 1_234_567,
  expectedSeconds: null,
};
