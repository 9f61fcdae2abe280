/**
 * When a run ends at the present pace: by its rate, and not before the server's limit allows. Null while nothing is
 * known of either.
 */
export function expectedEnd(
  now: Date,
  openMessages: number,
  ratePerSecond: number,
  messagesPerMinute: number | null,
): Date | null {
  const limit = messagesPerMinute === null ? Number.POSITIVE_INFINITY : messagesPerMinute / 60;
  const rate = Math.min(ratePerSecond > 0 ? ratePerSecond : limit, limit);
  if (!Number.isFinite(rate) || rate <= 0) return null;
  return new Date(now.getTime() + (openMessages / rate) * 1000);
}
