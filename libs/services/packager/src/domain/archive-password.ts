import { refusals } from './refusals.js';

/**
 * Printable ASCII, because archivers agree on no encoding for more; at least 8 characters, and at most the 99 that
 * 7-Zip takes for WinZip AES (`kPasswordSizeMax` in CPP/7zip/Crypto/WzAes.h).
 *
 * @throws Refusal `package.password-invalid`
 */
export function assertArchivePassword(password: string): void {
  if (!/^[\x20-\x7e]{8,99}$/.test(password)) throw refusals.passwordInvalid();
}
