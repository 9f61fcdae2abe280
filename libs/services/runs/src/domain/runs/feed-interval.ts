const longestMs = 600_000;

/** After how long a fed message without `accepted` is fed again: the first interval, then doubling up to ten minutes. */
export const feedAgainAfterMs = (feeds: number, firstMs: number): number =>
  Math.min(longestMs, firstMs * 2 ** Math.min(Math.max(feeds - 1, 0), 10));
