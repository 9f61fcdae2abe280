/** A run that has pending messages, as the feeder sees it. */
export interface FeedableRun {
  readonly runId: string;
  readonly tenantId: string;
  readonly pending: number;
  /** Fed and not yet accepted. */
  readonly queued: number;
  /** Accepted and not tried yet. */
  readonly accepted: number;
  /** Its server's limit; null without one. */
  readonly messagesPerMinute: number | null;
  /** Mails per second over the last ten seconds. */
  readonly ratePerSecond: number;
}

export interface FeedShare {
  readonly runId: string;
  readonly tenantId: string;
  readonly messages: number;
}

/** Work that is not yet accepted, over all runs, is never bounded below this. */
export const smallestWindow = 500;
/** Messages of one transaction. */
export const largestBatch = 500;
/** Half a second of what the slowest step manages. */
const windowSeconds = 0.5;

/** How many messages may be under way to the dispatcher. `ratePerSecond`: accepted while there was work to do. */
export const windowOf = (ratePerSecond: number): number =>
  Math.max(smallestWindow, Math.ceil(ratePerSecond * windowSeconds));

/**
 * How many accepted mails of a run may wait for their first try: about two minutes of its server's rate, so that mails
 * are sealed shortly before they leave and their Date is true.
 */
export function waitingBound(run: FeedableRun): number {
  const perMinute = run.messagesPerMinute ?? Math.max(run.ratePerSecond * 60, 1000);
  return Math.max(smallestWindow, Math.ceil(2 * perMinute));
}

/**
 * Divides the room of the window over tenants first and their runs next, so that nobody waits behind a large run. What
 * one does not need, the others get. Room is given only when a quarter of the window is free: a batch costs nearly
 * the same for ten messages as for five hundred.
 */
export function shareWindow(runs: readonly FeedableRun[], ratePerSecond: number): FeedShare[] {
  const window = windowOf(ratePerSecond);
  let room = window - runs.reduce((sum, { queued }) => sum + queued, 0);
  const wants = new Map<string, Map<string, number>>();
  for (const run of runs) {
    const free = waitingBound(run) - run.accepted - run.queued;
    const isWorthwhile = free >= Math.min(run.pending, smallestWindow / 4);
    const want = isWorthwhile ? Math.min(run.pending, free, largestBatch) : 0;
    if (want <= 0) continue;
    const ofTenant = wants.get(run.tenantId) ?? new Map<string, number>();
    wants.set(run.tenantId, ofTenant.set(run.runId, want));
  }
  if (room < window / 4) return [];
  const shares: FeedShare[] = [];
  const tenants = [...wants].sort((a, b) => total(a[1]) - total(b[1]));
  tenants.forEach(([tenantId, ofTenant], index) => {
    let roomOfTenant = Math.floor(room / (tenants.length - index));
    const ordered = [...ofTenant].sort((a, b) => a[1] - b[1]);
    ordered.forEach(([runId, want], indexOfRun) => {
      const messages = Math.min(want, Math.floor(roomOfTenant / (ordered.length - indexOfRun)));
      if (messages === 0) return;
      shares.push({ runId, tenantId, messages });
      roomOfTenant -= messages;
      room -= messages;
    });
  });
  return shares;
}

const total = (ofTenant: ReadonlyMap<string, number>) =>
  [...ofTenant.values()].reduce((sum, want) => sum + want, 0);
