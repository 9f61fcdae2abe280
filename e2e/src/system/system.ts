export interface NewTenant {
  readonly name: string;
  readonly mode: 'test' | 'live';
  readonly testAddress?: string;
}

/** Schemas of services that keep something. */
export type Schema = 'gateway' | 'definitions' | 'runs' | 'dispatcher';

/** A whole system of real processes, seen as its operator sees it. */
export interface System {
  readonly shape: 'embedded' | 'kafka';
  /** Base URL of the public API, without `/v1`. */
  readonly api: string;
  /** Its processes, by name. */
  readonly processes: readonly string[];
  /** A new tenant, made by the command of operators, with an API key that may do everything. */
  createTenant(tenant: NewTenant): Promise<{ tenantId: string; apiKey: string }>;
  /** Ends a process at once (SIGKILL). */
  kill(process: string): Promise<void>;
  /** Starts it again and waits until it serves. */
  restart(process: string): Promise<void>;
  /** What the invariants ask past row-level security, as the database's owner. `{runs}` stands for a schema's name. */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** @throws when a process ended by itself */
  checkAlive(): Promise<void>;
  /** Ends everything that was started, and throws what went wrong while doing so afterwards. */
  stop(): Promise<void>;
}

/** The arguments of `mailrun tenants create`. */
export const tenantArguments = ({ name, mode, testAddress }: NewTenant): string[] => [
  'tenants',
  'create',
  `--name=${name}`,
  ...(mode === 'live' ? ['--live'] : []),
  ...(testAddress === undefined ? [] : [`--test-address=${testAddress}`]),
];

/** What `mailrun tenants create` printed. */
export function parseTenant(printed: string): { tenantId: string; apiKey: string } {
  const tenantId = /\(([0-9a-f-]{36})\)/.exec(printed)?.[1];
  const apiKey = /\b(mr_\S+)/.exec(printed)?.[1];
  if (tenantId === undefined || apiKey === undefined)
    throw new Error(`No tenant and API key are named in: ${printed}`);
  return { tenantId, apiKey };
}

/** Replaces `{runs}` and the like by schema names. */
export const withSchemas = (sql: string, prefix: string): string =>
  sql.replaceAll(/\{(gateway|definitions|runs|dispatcher)\}/g, (_, name: string) => `${prefix}_${name}`);
