import { assertArchivePassword } from './archive-password.js';
import { refusals } from './refusals.js';

/**
 * Whether the attachments are protected by a password. No mail is sealed unprotected when its definition names a
 * password key, or when a password came with it: a mistake in between must not uncover an invoice.
 *
 * @returns the password, or undefined where none is asked for.
 * @throws Refusal `package.zip-off`, `package.nothing-to-protect`, `package.password-missing`, `package.password-invalid`
 */
export function requiredPassword(mail: {
  readonly passwordKey?: string | undefined;
  readonly zip: boolean;
  readonly attachmentCount: number;
  readonly password?: string | undefined;
}): string | undefined {
  const { passwordKey, zip, attachmentCount, password } = mail;
  if (passwordKey === undefined && password === undefined) return undefined;
  if (!zip) throw refusals.zipOff();
  if (attachmentCount === 0) throw refusals.nothingToProtect();
  if (password === undefined) throw refusals.passwordMissing();
  assertArchivePassword(password);
  return password;
}
