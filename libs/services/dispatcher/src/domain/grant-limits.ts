import { bookCredits, noCredits, usedUpUntil, type Credits, type Usage } from './quota.js';
import {
  allowedConnections,
  allowedRate,
  healthAt,
  takeProbe,
  type ConfiguredLimits,
  type ServerHealth,
} from './server-health.js';
import { fairShare, shareConnections } from './share-connections.js';
import { chooseLanes, laneCount, slotIntervalMs } from './slots.js';

/** A replica's share of a server, as it is booked until its lease ends. */
export interface Share {
  /** The replica and the server: of a group a replica may use several. */
  readonly holder: string;
  /** Connections that it wants, and those that it may have open. */
  readonly wanted: number;
  readonly granted: number;
  /** Whether it has something to send, and connections for it. */
  readonly wantsLanes: boolean;
  /** Lanes of the rate that it may use. */
  readonly lanes: readonly number[];
  readonly sentPerMinute: number;
}

/** What a replica asks for. */
export interface Asked extends ConfiguredLimits {
  /** Where it shares the limits with other servers. */
  readonly limitGroup?: string | undefined;
  readonly settingsVersion: number;
  readonly wantedConnections: number;
  readonly openConnections: number;
  readonly hasWork: boolean;
  readonly heldLanes: readonly number[];
  readonly sentPerMinute: number;
  /** Credits that were granted and not used, and those that could be used soon. */
  readonly unusedCredits: Credits;
  readonly wantedCredits: { readonly messages: number; readonly recipients: number };
}

export interface Granted {
  readonly health: ServerHealth;
  /** To be booked: never less than what the replica still uses, so that nobody else gets it meanwhile. */
  readonly share: Share;
  readonly connections: number;
  /** Of {@link Share.lanes}, those that it may use from now on. */
  readonly lanes: readonly number[];
  /** Undefined where the rate is unlimited. */
  readonly intervalMs: number | undefined;
  readonly credits: Credits;
  /** Whether others still hold some of what it is to have: they tell when they gave it up. */
  readonly isShort: boolean;
}

/** How long it is whose turn it is, where servers of a group are more than what they share. */
const turnMs = 30_000;

/** Grants one replica its share; the sum of what is booked is never above the limits. */
export function grantLimits(
  known: ServerHealth,
  others: readonly Share[],
  holder: string,
  asked: Asked,
  leaseMs: number,
  now: number,
): Granted {
  let health = healthAt(known, asked.settingsVersion, asked, now);
  const left = Math.max(
    allowedConnections(health, asked) - others.reduce((sum, { granted }) => sum + granted, 0),
    0,
  );
  if (health.circuit !== 'closed' && asked.hasWork && left > 0) {
    health = takeProbe(health, holder, leaseMs, now);
  }
  const turn = asked.limitGroup === undefined ? 0 : Math.floor(now / turnMs);
  const holders = [
    ...others.map(({ holder: id, wanted, granted }) => ({ id, wanted, granted })),
    { id: holder, wanted: asked.wantedConnections, granted: asked.openConnections },
  ];
  const most = allowedConnections(health, asked);
  const connections =
    health.circuit === 'closed'
      ? shareConnections(most, holder, holders, turn)
      : connectionsToProbe(health, holder, asked, left);

  const rate = allowedRate(health, asked);
  // Of one without a connection they would be lost to all.
  const wantsLanes = connections > 0 && asked.hasWork;
  const laneHolders = [
    ...others.map((one) => ({
      id: one.holder,
      wanted: one.wantsLanes ? laneCount : 0,
      granted: one.lanes.length,
    })),
    { id: holder, wanted: wantsLanes ? laneCount : 0, granted: asked.heldLanes.length },
  ];
  const lanes =
    rate === undefined
      ? []
      : chooseLanes(
          shareConnections(laneCount, holder, laneHolders, turn),
          asked.heldLanes,
          others.flatMap((one) => one.lanes),
        );
  const { usage, credits } =
    asked.quotas.length === 0
      ? { usage: undefined, credits: noCredits }
      : bookCredits(
          health.usage ?? {},
          asked.quotas,
          asked.unusedCredits,
          wantsLanes ? asked.wantedCredits : { messages: 0, recipients: 0 },
          1 + others.filter((one) => one.wantsLanes).length,
          now,
        );
  return {
    health: usage ? withUsage(health, usage, usedUpUntil(usage, asked.quotas, now)) : health,
    credits,
    isShort:
      (health.circuit === 'closed' && connections < fairShare(most, holder, holders, turn)) ||
      (rate !== undefined && lanes.length < fairShare(laneCount, holder, laneHolders, turn)),
    connections,
    lanes,
    intervalMs: rate === undefined ? undefined : slotIntervalMs(rate),
    share: {
      holder,
      // Of a group, what one that is left alone can't use serves the others.
      wanted:
        asked.limitGroup !== undefined && health.circuit !== 'closed' ? connections : asked.wantedConnections,
      granted: Math.max(connections, asked.openConnections),
      wantsLanes,
      lanes: [...new Set([...lanes, ...asked.heldLanes])],
      sentPerMinute: asked.sentPerMinute,
    },
  };
}

function withUsage(
  { usedUpUntil: _, ...health }: ServerHealth,
  usage: Usage,
  until: number | undefined,
): ServerHealth {
  return { ...health, usage, ...(until !== undefined && { usedUpUntil: until }) };
}

function connectionsToProbe(health: ServerHealth, holder: string, asked: Asked, left: number): number {
  if (health.circuit === 'open' || health.probe?.holder !== holder) return 0;
  // One more than those that still end a conversation of before.
  return Math.min(asked.openConnections + 1, left);
}
