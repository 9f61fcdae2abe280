import { Refusal } from '@mailrun/platform-errors';
import { wholeInstallation } from '../../domain/hold.js';
import type { GuardRestore } from '../guard-restore/guard-restore.js';
import type { Holds } from '../ports/holds.port.js';

/** The red button: nothing begins to leave any more, for one tenant or for all, until it is released. */
export class HoldMails {
  constructor(
    private readonly holds: Holds,
    private readonly guard: GuardRestore,
  ) {}

  /** When it resolves, only mails already in a conversation still leave. */
  async hold(tenantId: string | undefined, note: string | undefined): Promise<void> {
    await this.holds.put({ scope: tenantId ?? wholeInstallation, reason: 'operator', note });
  }

  /** @returns whether there was a hold */
  async release(tenantId: string | undefined): Promise<boolean> {
    if (tenantId === undefined && (await this.guard.isBehind())) {
      throw new Refusal(
        'conflict',
        'dispatch.not-reconciled',
        'The database was restored from a backup: mails that left since then would leave again. First run `mailrun reconcile --restored-to=TIME`.',
      );
    }
    return this.holds.remove(tenantId ?? wholeInstallation);
  }
}
