import type { Reply } from '@mailrun/contracts';
import { credentialsPauseMs, serverPauseMs } from './retry-delay.js';
import type { Quota, Usage } from './quota.js';
import type { ServerNews } from './settle-attempt.js';

/**
 * `closed`: mails flow. `open`: the server is left alone until `retryAt`. `half-open`: one connection of one replica
 * probes it with one mail.
 */
export type Circuit = 'closed' | 'open' | 'half-open';

/**
 * What all replicas know about a mail server: plain data, kept as it is. Times are milliseconds of the clock that they
 * share, the database's.
 */
export interface ServerHealth {
  /** Of the settings that this is about: newer ones begin anew. */
  readonly settingsVersion: number;
  /** Where it shares its limits: what was lowered and what was booked is kept there. */
  readonly limitGroup?: string;
  readonly circuit: Circuit;
  /** Faults in a row: each makes the next pause longer. */
  readonly faults: number;
  /** With a circuit that is not closed: what went wrong, since when, and when to probe. */
  readonly cause?: Reply;
  readonly openedAt?: number;
  readonly retryAt?: number;
  /** With `half-open`: who probes. When its lease ends, another one may. */
  readonly probe?: { readonly holder: string; readonly until: number };
  /** Below what is configured, after the server asked for fewer mails, or for fewer connections. */
  readonly rate?: Reduction;
  readonly connections?: Reduction;
  /** What was booked of the quotas. */
  readonly usage?: Usage;
  /** When something of a used-up quota is free again. */
  readonly usedUpUntil?: number;
}

/** A limit that was lowered and rises again. */
export interface Reduction {
  readonly now: number;
  /** Where it was: what is configured, or what was measured. */
  readonly target: number;
  readonly loweredAt: number;
  readonly raisedAt: number;
}

export const healthy = (settingsVersion: number): ServerHealth => ({
  settingsVersion,
  circuit: 'closed',
  faults: 0,
});

/** What the settings say; undefined is unlimited. */
export interface ConfiguredLimits {
  readonly messagesPerMinute: number | undefined;
  readonly maxConnections: number;
  readonly quotas: readonly Quota[];
}

/** What a replica has to tell: about which settings, and the limits at that time. */
export interface ServerReport extends ConfiguredLimits {
  readonly settingsVersion: number;
  readonly news: ServerNews;
}

/** What all replicas together do now. */
export interface PresentLoad {
  readonly sentPerMinute: number;
  readonly connections: number;
}

/** Answers to mails that were on their way when the limit was lowered lower it no more. */
const deafMs = 10_000;
/** The rate rises in steps: to where it was in ten minutes after it was halved. */
const rateStepMs = 10_000;
const rateSteps = 120;
const connectionStepMs = 60_000;
/** Mails per minute: a server that was hardly used says little about what it takes. Without a rate, for each connection. */
const leastMeasured = 60;

/** The health after what one replica heard; news about settings that are not these change nothing. */
export function hearNews(
  health: ServerHealth,
  holder: string,
  report: ServerReport,
  load: PresentLoad,
  now: number,
  random: number,
): ServerHealth {
  if (report.settingsVersion !== health.settingsVersion) return health;
  const { news } = report;
  if (news.kind === 'slow-down') {
    const slower = slowDown(health, news.reply, report, load, now);
    // A server that answers so is there.
    return isProbeOf(health, holder) ? closed(slower) : slower;
  }
  if (health.circuit === 'closed') return news.kind === 'well' ? health : opened(health, news, now, random);
  // Only the probe decides: others tell of conversations that began before.
  if (!isProbeOf(health, holder)) return health;
  return news.kind === 'well' ? closed(health) : opened(health, news, now, random);
}

const isProbeOf = ({ circuit, probe }: ServerHealth, holder: string): boolean =>
  circuit === 'half-open' && probe?.holder === holder;

function closed({ settingsVersion, rate, connections, usage }: ServerHealth): ServerHealth {
  return {
    ...healthy(settingsVersion),
    ...(rate && { rate }),
    ...(connections && { connections }),
    ...(usage && { usage }),
  };
}

function opened(
  health: ServerHealth,
  news: Exclude<ServerNews, { kind: 'well' }>,
  now: number,
  random: number,
): ServerHealth {
  const { probe: _, ...known } = health;
  const faults = health.faults + 1;
  const pauseMs =
    news.kind === 'credentials-refused' ? credentialsPauseMs(random) : serverPauseMs(faults, random);
  return {
    ...known,
    circuit: 'open',
    faults,
    cause: news.reply,
    openedAt: health.openedAt ?? now,
    retryAt: now + pauseMs,
  };
}

/** Multiplicative decrease: half of what is allowed, or of what is sent where nothing limits it. */
function slowDown(
  health: ServerHealth,
  reply: Reply,
  configured: ConfiguredLimits,
  load: PresentLoad,
  now: number,
): ServerHealth {
  if (reply.code === 'smtp.too-many-connections') {
    const was = Math.min(configured.maxConnections, Math.max(load.connections, 1));
    return { ...health, connections: lowered(health.connections, configured.maxConnections, was, now) };
  }
  const { messagesPerMinute, maxConnections } = configured;
  const least = messagesPerMinute === undefined ? leastMeasured * maxConnections : leastMeasured;
  const measured = Math.max(load.sentPerMinute, least);
  const target = messagesPerMinute ?? health.rate?.target ?? measured;
  return { ...health, rate: lowered(health.rate, target, Math.min(target, measured), now) };
}

function lowered(before: Reduction | undefined, target: number, was: number, now: number): Reduction {
  if (before && now - before.loweredAt < deafMs) return before;
  const half = Math.max(Math.floor((before?.now ?? was) / 2), 1);
  return { now: half, target, loweredAt: now, raisedAt: now };
}

/** Time passes: limits rise again, and newer settings begin anew. */
export function healthAt(
  health: ServerHealth,
  settingsVersion: number,
  configured: ConfiguredLimits,
  now: number,
): ServerHealth {
  // What was sent was sent, whatever the settings are now.
  if (settingsVersion > health.settingsVersion)
    return { ...healthy(settingsVersion), ...(health.usage && { usage: health.usage }) };
  const { rate, connections, ...rest } = health;
  // Without a configured rate it is let go when it has doubled what was measured.
  const enough = rate && (configured.messagesPerMinute === undefined ? 2 * rate.target : rate.target);
  const nextRate = rate && raised(rate, Math.max(rate.target / rateSteps, 1), rateStepMs, now, enough!);
  const nextConnections =
    connections && raised(connections, 1, connectionStepMs, now, configured.maxConnections);
  if (nextRate === rate && nextConnections === connections) return health;
  return {
    ...rest,
    ...(nextRate && { rate: nextRate }),
    ...(nextConnections && { connections: nextConnections }),
  };
}

/** Additive increase in whole steps; undefined when nothing is left to raise. */
function raised(
  before: Reduction,
  step: number,
  stepMs: number,
  now: number,
  enough: number,
): Reduction | undefined {
  const steps = Math.floor((now - before.raisedAt) / stepMs);
  if (steps <= 0) return before;
  const next = before.now + steps * step;
  return next >= enough ? undefined : { ...before, now: next, raisedAt: before.raisedAt + steps * stepMs };
}

/** Lets this replica probe when it is time and nobody else does; it keeps the probe by asking again. */
export function takeProbe(health: ServerHealth, holder: string, leaseMs: number, now: number): ServerHealth {
  const isDue = health.circuit === 'open' && now >= (health.retryAt ?? 0);
  const isOrphan = health.circuit === 'half-open' && (health.probe?.until ?? 0) <= now;
  if (!isDue && !isOrphan && !isProbeOf(health, holder)) return health;
  return { ...health, circuit: 'half-open', probe: { holder, until: now + leaseMs } };
}

/** Messages per minute that may leave now, over all replicas; undefined is unlimited. */
export function allowedRate(health: ServerHealth, configured: ConfiguredLimits): number | undefined {
  const { messagesPerMinute } = configured;
  if (!health.rate) return messagesPerMinute;
  return Math.min(health.rate.now, messagesPerMinute ?? Infinity);
}

/** Connections that may be open now, over all replicas. */
export const allowedConnections = (health: ServerHealth, { maxConnections }: ConfiguredLimits): number =>
  Math.min(health.connections?.now ?? maxConnections, maxConnections);
