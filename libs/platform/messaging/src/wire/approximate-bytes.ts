/**
 * About how long a value is as JSON, in bytes, without writing it: for bounding queues. Text outside ASCII and
 * escapes count as one byte, so it is a little low for those.
 */
export function approximateBytes(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;
  let bytes = 2;
  if (Array.isArray(value)) {
    for (const item of value) bytes += approximateBytes(item) + 1;
    return bytes;
  }
  for (const key in value)
    bytes += key.length + 4 + approximateBytes((value as Record<string, unknown>)[key]);
  return bytes;
}
