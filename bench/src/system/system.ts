import type { Watched } from '../frame/measure.js';

/** A whole Mailrun of real processes. */
export interface System {
  /** Base URL of the public API, without `/v1`. */
  readonly api: string;
  /** With all scopes, of a live tenant. */
  readonly apiKey: string;
  /** Node.js processes by name. */
  readonly pids: Readonly<Record<string, number>>;
  /** Connection string of the database's owner. */
  readonly databaseUrl: string;
  /** Processor time by process. */
  readonly watched: Watched;
  /** @throws when a process ended by itself */
  checkAlive(): Promise<void>;
}

/** What every measured process has besides its addresses: production's settings but for the API's rate limit. */
export const measuredSettings = {
  MAILRUN_LOG_LEVEL: 'warn',
  MAILRUN_GATEWAY_HOST: '127.0.0.1',
  MAILRUN_GATEWAY_REQUESTS_PER_SECOND: '100000',
  MAILRUN_GATEWAY_REQUEST_BURST: '100000',
} as const;
