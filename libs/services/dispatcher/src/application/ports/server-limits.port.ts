import type { Reply } from '@mailrun/contracts';

export interface ServerRef {
  readonly tenantId: string;
  readonly serverKey: string;
}

/** What one replica wants of a server for the next moment. */
export interface LimitRequest extends ServerRef {
  readonly settingsVersion: number;
  /** Over all replicas; undefined is unlimited. */
  readonly messagesPerMinute: number | undefined;
  /** Over all replicas. */
  readonly maxConnections: number;
  /** Connections that this replica could use. */
  readonly wantedConnections: number;
  /** Connections that it has open now: no grant is smaller. */
  readonly openConnections: number;
  /** Moments to send at that it could use, at a limited rate. */
  readonly wantedSlots: number;
}

export interface LimitGrant extends ServerRef {
  /** Until the lease ends. */
  readonly connections: number;
  /** Moments at which one mail each may leave: the first in `startsInMs`, then one every `intervalMs`. */
  readonly slots: { readonly startsInMs: number; readonly intervalMs: number; readonly count: number };
  /** How long the server is left alone; 0 when it is not paused. */
  readonly pausedMs: number;
  readonly pauseReply: Reply | undefined;
  /** Faults since it last did well: with any, one connection probes. */
  readonly faults: number;
}

/** Rate, connections and pauses of mail servers, shared by all replicas. */
export abstract class ServerLimits {
  /** Grants in the order of the requests. The sum over all replicas is never above the limits. */
  abstract renew(holder: string, leaseMs: number, requests: readonly LimitRequest[]): Promise<LimitGrant[]>;

  /** The server failed: it is left alone for longer each time, or for `pauseMs`. */
  abstract reportFault(server: ServerRef, reply: Reply, pauseMs?: number): Promise<void>;

  /** The server did well: no faults any more. */
  abstract reportWell(server: ServerRef): Promise<void>;

  /** This replica holds no connection to these servers any more. */
  abstract release(holder: string, servers: readonly ServerRef[]): Promise<void>;
}
