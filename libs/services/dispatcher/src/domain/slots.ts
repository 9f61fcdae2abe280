/**
 * A limited rate as a grid of moments on the clock that all replicas share: one mail may leave at each. The grid has
 * {@link laneCount} lanes, of which moment number n belongs to lane n modulo that. A replica has some of the lanes for
 * itself, so that no moment is ever used twice, whoever is slow; and each has moments all the time, not a long row of
 * them at once, which its few connections could not keep up with.
 */
export const laneCount = 12;

/**
 * Share of the rate that is used. A mail may leave a little after its moment ({@link slotLifeMs}, and what the commit
 * takes), so a minute could hold more than it should: this makes up for 0.9 s of that.
 */
const usedShare = 0.985;

/** A moment that was not used for this long is lost: used later, it would make a burst. */
export const slotLifeMs = 500;

/** Time between two moments of the grid. */
export const slotIntervalMs = (messagesPerMinute: number): number => 60_000 / (messagesPerMinute * usedShare);

/** Lanes far apart first, so that few of them still lie evenly. */
const spreadLanes = [0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11];

/** The lanes for one holder: those that it has already, and then free ones. */
export function chooseLanes(
  count: number,
  held: readonly number[],
  heldByOthers: readonly number[],
): number[] {
  const taken = new Set(heldByOthers);
  const own = spreadLanes.filter((lane) => held.includes(lane) && !taken.has(lane));
  const free = spreadLanes.filter((lane) => !held.includes(lane) && !taken.has(lane));
  return [...own, ...free].slice(0, count);
}
