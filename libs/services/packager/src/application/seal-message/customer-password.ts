import type { BusMessage, PackageMessage } from '@mailrun/contracts';
import { Outage } from '@mailrun/platform-errors';
import { SecretError, secretOwner, type SecretBox } from '@mailrun/platform-secrets';
import { refusals } from '../../domain/refusals.js';

/**
 * The password that travels with a message, opened here and nowhere else: it is bound to its tenant and customer, so
 * another's does not open.
 *
 * @throws Refusal `package.password-unreadable`
 * @throws Outage for a key that this process does not know: while keys are rotated it knows it after the next start
 */
export function openPassword(
  secrets: SecretBox,
  { headers, body }: BusMessage<PackageMessage>,
): string | undefined {
  if (body.password === undefined) return undefined;
  try {
    return secrets.open(body.password, secretOwner(headers.tenantId, 'customer', body.customer.id));
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    if (error.code === 'secrets.unknown-key') throw new Outage(error.code, error.message);
    throw refusals.passwordUnreadable();
  }
}
