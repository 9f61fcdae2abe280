import { BlobKeyInvalid } from './blob-errors.js';

/** A folder adapter keeps most of a key in one file name, and file systems allow 255 bytes there. */
export const maxKeyLength = 230;

const segment = '[A-Za-z0-9_-][A-Za-z0-9._-]*';
const keyPattern = new RegExp(`^${segment}(/${segment})*$`);

/**
 * Keys are segments of ASCII letters, digits, `_`, `-` and `.` (not in front), joined by `/`, for instance
 * `sealed/<tenant>/<message>/<copy>/<sha256>`. So `..`, absolute paths and control characters can't be written.
 */
export function assertKey(key: string): void {
  if (key.length > maxKeyLength || !keyPattern.test(key)) throw new BlobKeyInvalid(key);
}

/** Prefixes name whole segments: '' or a key with `/` at the end. */
export function assertPrefix(prefix: string): void {
  if (prefix === '') return;
  if (!prefix.endsWith('/')) throw new BlobKeyInvalid(prefix);
  assertKey(prefix.slice(0, -1));
}
