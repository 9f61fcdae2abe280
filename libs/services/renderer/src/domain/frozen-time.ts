/**
 * The moment that templates take for now: when the id was made (UUIDv7, RFC 9562 5.7, holds the milliseconds in its
 * first 48 bits). It belongs to the message, not to the attempt, so a message rendered again is the same to the byte.
 * Ids of another version carry no time and give the fallback.
 */
export function frozenTimeMs(id: string, fallback: string): number {
  return id[14] === '7' ? parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : Date.parse(fallback);
}

/** A 32-bit seed from the id's random end. */
export function seedOf(id: string): number {
  return parseInt(id.slice(-8), 16) >>> 0;
}
