import { Controller, Module, type DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { listKnownKeys } from '@mailrun/contracts';
import { BlobStore } from '@mailrun/platform-blobs';
import { MemoryBlobStore } from '@mailrun/platform-blobs/testing';
import { Outage } from '@mailrun/platform-errors';
import {
  CallAuthenticator,
  InternalTokenAuthenticator,
  InternalTokens,
  RouteClient,
  Serves,
  createHttpApp,
  type Call,
  type HttpAnswer,
} from '@mailrun/platform-http';
import { Database } from '@mailrun/platform-persistence';
import { createServiceDatabase, type ServiceTestDatabase } from '@mailrun/platform-persistence/testing';
import { KeyRing, SecretBox } from '@mailrun/platform-secrets';
import { BillingModule } from '../billing.module.js';
import { runsMigrations } from '../outbound/postgres/migrations/index.js';

/** Two tenants; the second one is the stranger. */
export const ours = '01900000-0000-7000-8000-000000000001';
export const theirs = '01900000-0000-7000-8000-000000000002';

/** What the stand-in of the definitions service knows, and how often it was asked. */
export const definitions = {
  recipientKeys: ['InvoiceEmail', 'CFO'],
  passwordKeys: ['Archive', 'Second'],
  transformationKeys: ['pdf', 'csv'],
  asked: 0,
  isAway: false,
};

@Controller()
class DefinitionsStandIn {
  @Serves(listKnownKeys)
  keys(_call: Call<typeof listKnownKeys>): Promise<HttpAnswer> {
    definitions.asked += 1;
    if (definitions.isAway) throw new Outage('definitions.away', 'Away.');
    const { recipientKeys, passwordKeys, transformationKeys } = definitions;
    return Promise.resolve({ body: { recipientKeys, passwordKeys, transformationKeys } });
  }
}

@Module({})
class PlatformModule {}
@Module({})
class RootModule {}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // The body is whatever the assertion says it is.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

/** The billing half of the service as a process has it: real HTTP, real PostgreSQL, blobs in memory. */
export class BillingApp {
  readonly blobs = new MemoryBlobStore();
  readonly secrets = new SecretBox(KeyRing.parse(`k1:${Buffer.alloc(32, 7).toString('base64')}`));
  readonly tokens = new InternalTokens('a secret of at least thirty-two characters');
  /** For paths of a raw socket. */
  base = '';
  private constructor(readonly service: ServiceTestDatabase) {}
  private app: NestFastifyApplication | undefined;

  static async start(settings = { documentMaxBytes: 1024 * 1024 }): Promise<BillingApp> {
    const made = new BillingApp(await createServiceDatabase('runs', runsMigrations));
    const directory: { definitions?: string } = {};
    const platform: DynamicModule = {
      module: PlatformModule,
      providers: [
        { provide: Database, useValue: made.service.database },
        { provide: BlobStore, useValue: made.blobs },
        { provide: RouteClient, useValue: new RouteClient(directory, made.tokens) },
        { provide: SecretBox, useValue: made.secrets },
        { provide: CallAuthenticator, useValue: new InternalTokenAuthenticator(made.tokens) },
      ],
      exports: [Database, BlobStore, RouteClient, SecretBox, CallAuthenticator],
    };
    const root: DynamicModule = {
      module: RootModule,
      imports: [platform, BillingModule.register({ imports: [platform], settings })],
      controllers: [DefinitionsStandIn],
    };
    made.app = await createHttpApp(root, { logger: false });
    await made.app.listen(0, '127.0.0.1');
    made.base = await made.app.getUrl();
    directory.definitions = made.base;
    return made;
  }

  async stop(): Promise<void> {
    await this.app?.close();
    await this.service.drop();
  }

  /** A text, bytes or a stream leave as they are, anything else as JSON; an empty content type is left out. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    { tenant = ours, headers = {} }: { tenant?: string; headers?: Record<string, string> } = {},
  ): Promise<Reply> {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream;
    const all = new Headers({
      authorization: `Bearer ${await this.tokens.sign({ tenantId: tenant, actor: 'Ada' })}`,
      ...(body !== undefined && { 'content-type': isRaw ? 'application/x-ndjson' : 'application/json' }),
      ...headers,
    });
    if (all.get('content-type') === '') all.delete('content-type');
    const response = await fetch(this.base + path, {
      method,
      headers: all,
      ...(body !== undefined && { body: isRaw ? (body as never) : JSON.stringify(body), duplex: 'half' }),
    } as RequestInit);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  get = (path: string, tenant = ours) => this.call('GET', path, undefined, { tenant });
  put = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    this.call('PUT', path, body, { headers });
  delete = (path: string, headers: Record<string, string> = {}) =>
    this.call('DELETE', path, undefined, { headers });

  /** Lines are objects, or texts as they are. */
  import = (kind: string, lines: readonly unknown[], tenant = ours) =>
    this.call('POST', `/v1/imports/${kind}`, ndjson(lines), { tenant });

  /** Rows past row-level security; `runs.` before a table's name is replaced by the schema. */
  rows<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.service.owner.query<Row>(sql.replaceAll('runs.', `${this.service.schema}.`), values);
  }
}

export const ndjson = (lines: readonly unknown[]) =>
  lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n') + '\n';

export const faultsOf = (reply: Reply): string[] =>
  (reply.body.errors ?? []).map((e: { pointer: string; code: string }) => `${e.pointer} ${e.code}`);
