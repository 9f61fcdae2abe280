import type { Reply } from '@mailrun/contracts';
import type { Credits } from '../../domain/quota.js';
import type { Circuit, ConfiguredLimits, ServerReport } from '../../domain/server-health.js';

export interface ServerRef {
  readonly tenantId: string;
  readonly serverKey: string;
}

/** A server, and the group of the tenant's servers with which it shares its limits. */
export interface LimitedServer extends ServerRef {
  readonly limitGroup?: string | undefined;
}

/** What one replica wants of a server for the next moment. Limits are over all replicas. */
export interface LimitRequest extends LimitedServer, ConfiguredLimits {
  readonly settingsVersion: number;
  readonly hasWork: boolean;
  /** Connections that this replica could use. */
  readonly wantedConnections: number;
  /** Connections that it has open now: no one else gets them. */
  readonly openConnections: number;
  /** Lanes of the rate that it was granted last. */
  readonly heldLanes: readonly number[];
  /** What it sends now, measured. */
  readonly sentPerMinute: number;
  /** Of the quotas: what it was granted and did not use, and what it could use until it asks again. */
  readonly unusedCredits: Credits;
  readonly wantedCredits: { readonly messages: number; readonly recipients: number };
}

export interface LimitGrant extends ServerRef {
  /** With `half-open`, connections above 0 mean that this replica probes: with one mail over one of them. */
  readonly circuit: Circuit;
  /** May be open until the lease ends. */
  readonly connections: number;
  /** How long the server is left alone, with an open circuit; else 0. */
  readonly retryInMs: number;
  /** Why the circuit is not closed. */
  readonly cause: Reply | undefined;
  /** The rate's moments that this replica may use until the lease ends; undefined where the rate is unlimited. */
  readonly slots: GrantedSlots | undefined;
  /** Whether others still hold some of what this replica is to have: worth asking again soon. */
  readonly isShort: boolean;
  /** What may be used of the quotas, for `creditLifeMs`. */
  readonly credits: Credits;
}

/** See `domain/slots.ts`. */
export interface GrantedSlots {
  readonly intervalMs: number;
  readonly lanes: readonly number[];
  /** The shared clock, when this was granted. */
  readonly nowMs: number;
}

/** A server as all replicas together use it now. */
export interface ServerUse extends ServerRef {
  readonly circuit: Circuit;
  readonly cause: Reply | undefined;
  readonly faults: number;
  readonly openedAt: Date | undefined;
  /** When it is probed next. */
  readonly retryAt: Date | undefined;
  readonly sentPerMinute: number;
  readonly connections: number;
  /** Where the server asked for fewer than the settings say. */
  readonly reducedRate: number | undefined;
  readonly reducedConnections: number | undefined;
  /** When something of a used-up limit is free again; may have passed. */
  readonly usedUpUntil: Date | undefined;
}

/** The same, and since when a person paused it. */
export interface ServerState extends ServerUse {
  readonly pausedSince: Date | undefined;
}

/**
 * Rate, connections and circuit of mail servers, shared by all replicas. Servers of one limit group share rate,
 * connections and quotas besides; each has its own circuit.
 */
export abstract class ServerLimits {
  /** Grants in the order of the requests. The sum over all replicas is never above the limits. */
  abstract renew(holder: string, leaseMs: number, requests: readonly LimitRequest[]): Promise<LimitGrant[]>;

  /** What this replica heard of the server. Answers the circuit before and after. */
  abstract report(
    holder: string,
    server: LimitedServer,
    report: ServerReport,
  ): Promise<{ readonly before: Circuit; readonly after: Circuit }>;

  /** This replica holds nothing of these servers any more. */
  abstract release(holder: string, servers: readonly ServerRef[]): Promise<void>;

  /** Servers that were never used are left out. */
  abstract use(tenantId: string, serverKeys: readonly string[]): Promise<ServerUse[]>;
}
