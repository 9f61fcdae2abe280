import type { Reply } from '@mailrun/contracts';
import {
  ServerLimits,
  type LimitGrant,
  type LimitRequest,
  type ServerRef,
} from '../application/ports/server-limits.port.js';
import { serverPauseMs } from '../domain/retry-delay.js';
import { shareConnections } from '../domain/share-connections.js';
import { slotIntervalMs } from '../domain/slots.js';

interface State {
  settingsVersion: number;
  nextSlotAt: number;
  faults: number;
  pausedUntil: number;
  pauseReply: Reply | undefined;
  readonly holders: Map<string, { wanted: number; granted: number; leaseUntil: number }>;
}

/** Limits in memory, shared by whoever is given the same instance. */
export class InMemoryServerLimits extends ServerLimits {
  private readonly states = new Map<string, State>();

  /** @param now milliseconds of the clock that all replicas share */
  constructor(private readonly now: () => number = Date.now) {
    super();
  }

  async renew(holder: string, leaseMs: number, requests: readonly LimitRequest[]): Promise<LimitGrant[]> {
    return requests.map((request) => this.renewOne(holder, leaseMs, request));
  }

  async reportFault(server: ServerRef, reply: Reply, pauseMs?: number): Promise<void> {
    const state = this.states.get(nameOf(server));
    if (!state || state.pausedUntil > this.now()) return;
    state.faults += 1;
    state.pauseReply = reply;
    state.pausedUntil = this.now() + (pauseMs ?? serverPauseMs(state.faults, Math.random()));
  }

  async reportWell(server: ServerRef): Promise<void> {
    const state = this.states.get(nameOf(server));
    if (state) Object.assign(state, { faults: 0, pausedUntil: 0, pauseReply: undefined });
  }

  async release(holder: string, servers: readonly ServerRef[]): Promise<void> {
    for (const server of servers) this.states.get(nameOf(server))?.holders.delete(holder);
  }

  private renewOne(holder: string, leaseMs: number, request: LimitRequest): LimitGrant {
    const now = this.now();
    const { tenantId, serverKey, settingsVersion, openConnections, wantedConnections } = request;
    let state = this.states.get(nameOf(request));
    if (!state) {
      state = {
        settingsVersion,
        nextSlotAt: now,
        faults: 0,
        pausedUntil: 0,
        pauseReply: undefined,
        holders: new Map(),
      };
      this.states.set(nameOf(request), state);
    }
    if (settingsVersion > state.settingsVersion) {
      Object.assign(state, { settingsVersion, faults: 0, pausedUntil: 0, pauseReply: undefined });
    }
    const pausedMs = Math.max(state.pausedUntil - now, 0);
    const others = [...state.holders]
      .filter(([id, { leaseUntil }]) => id !== holder && leaseUntil > now)
      .map(([id, { wanted, granted }]) => ({ id, wanted, granted }));
    const asking = { id: holder, wanted: wantedConnections, granted: openConnections };
    const most = pausedMs > 0 ? 0 : state.faults > 0 ? 1 : request.maxConnections;
    const connections = shareConnections(most, holder, [...others, asking]);
    state.holders.set(holder, {
      wanted: wantedConnections,
      granted: Math.max(connections, openConnections),
      leaseUntil: now + leaseMs,
    });
    const intervalMs = slotIntervalMs(request.messagesPerMinute);
    // Without a connection they would be lost to all.
    const count = connections === 0 || intervalMs === 0 ? 0 : request.wantedSlots;
    const startsAt = Math.max(state.nextSlotAt, now);
    if (count > 0) state.nextSlotAt = startsAt + count * intervalMs;
    return {
      tenantId,
      serverKey,
      connections,
      slots: { startsInMs: startsAt - now, intervalMs, count },
      pausedMs,
      pauseReply: state.pauseReply,
      faults: state.faults,
    };
  }
}

const nameOf = ({ tenantId, serverKey }: ServerRef): string => `${tenantId}/${serverKey}`;
