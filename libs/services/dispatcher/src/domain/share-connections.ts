/** A replica that holds, or wants, connections to one mail server. */
export interface Holder {
  readonly id: string;
  readonly wanted: number;
  /** What it may have open until its lease ends. */
  readonly granted: number;
}

/**
 * How many connections one holder may have: a fair share (what one does not want goes to the others), but never more
 * than is free now. A holder that has more open closes some, and what it still has open counts as held meanwhile.
 *
 * @param holders all with a lease, the asking one included
 * @param turn where there are fewer than one for each: whose turn it is. Holders that send the same mails need none.
 */
export function shareConnections(
  max: number,
  askingId: string,
  holders: readonly Holder[],
  turn = 0,
): number {
  const heldByOthers = holders.reduce((sum, { id, granted }) => sum + (id === askingId ? 0 : granted), 0);
  return Math.min(fairShare(max, askingId, holders, turn), Math.max(max - heldByOthers, 0));
}

/**
 * What one holder may have once the others have no more than they should: fills up all evenly until the connections are
 * gone. The order of ids decides about the remainder.
 */
export function fairShare(max: number, askingId: string, holders: readonly Holder[], turn: number): number {
  const byId = holders.filter(({ wanted }) => wanted > 0).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const first = byId.length > max ? (turn * max) % byId.length : 0;
  const open = [...byId.slice(first), ...byId.slice(0, first)];
  const shares = new Map(open.map(({ id }) => [id, 0]));
  let left = max;
  let hungry = open;
  while (left > 0 && hungry.length > 0) {
    const each = Math.max(Math.floor(left / hungry.length), 1);
    for (const { id, wanted } of hungry) {
      const more = Math.min(each, wanted - shares.get(id)!, left);
      shares.set(id, shares.get(id)! + more);
      left -= more;
    }
    hungry = hungry.filter(({ id, wanted }) => shares.get(id)! < wanted);
  }
  return shares.get(askingId) ?? 0;
}
