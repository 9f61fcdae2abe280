import type { RunState, TenantSettings } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';

/** What people may do with a run in which state. */
export const mayPrepare: readonly RunState[] = ['draft', 'prepared'];
export const mayStart: readonly RunState[] = ['prepared'];
export const mayStop: readonly RunState[] = ['running', 'paused'];
export const mayPause: readonly RunState[] = ['running'];
export const mayResume: readonly RunState[] = ['paused'];

/** Begin a round: what of it allows more is looked at besides. */
export const mayBeginRound: readonly RunState[] = ['running', 'paused', 'stopped', 'completed'];

export const mayDecide: readonly RunState[] = ['running', 'paused', 'stopped', 'completed'];

/** @throws Refusal unless each BCC address lies in a domain that the tenant allows */
export function checkBcc(bcc: readonly string[], { allowedBccDomains }: TenantSettings): void {
  const allowed = new Set(allowedBccDomains.map((domain) => domain.toLowerCase()));
  const errors = bcc.flatMap((address, index) =>
    allowed.has(address.slice(address.lastIndexOf('@') + 1).toLowerCase())
      ? []
      : [
          {
            pointer: `/bcc/${index}`,
            code: 'bcc-domain',
            detail: 'The domain of this address is not among the tenant’s allowed BCC domains.',
          },
        ],
  );
  if (errors.length === 0) return;
  throw new Refusal(
    'rule',
    'runs.bcc-not-allowed',
    'BCC addresses must lie in the domains that the tenant allows for them.',
    { errors },
  );
}

/** The address that replaces every recipient in test mode. @throws Refusal when there is none */
export function testAddressOf({ mode, testAddresses }: TenantSettings): string | undefined {
  if (mode === 'live') return undefined;
  const [address] = testAddresses;
  if (address === undefined) {
    throw new Refusal(
      'rule',
      'runs.no-test-address',
      'The tenant is in test mode and has no test address. Add one to its settings, or set it live.',
    );
  }
  return address;
}
