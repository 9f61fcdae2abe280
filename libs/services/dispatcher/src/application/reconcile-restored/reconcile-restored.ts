import type { Reply } from '@mailrun/contracts';
import { wholeInstallation } from '../../domain/hold.js';
import type { EpochMarks, Epochs } from '../ports/epochs.port.js';
import type { Holds } from '../ports/holds.port.js';
import type { RestoredMails, RestoredRound } from '../ports/restored-mails.port.js';

const mostInBatch = 5_000;

/** The reply of mails that a restore made uncertain. */
export const restoredReply = (restoredTo: Date): Reply => ({
  code: 'restored',
  detail: `The database was restored to ${restoredTo.toISOString()}: this mail may have left after that.`,
});

/**
 * After the database was restored: what may have left since then is held as uncertain, for a person to decide. The hold
 * stays; nothing leaves before it is released. Done again after a kill, it goes on.
 */
export class ReconcileRestored {
  constructor(
    private readonly mails: RestoredMails,
    private readonly holds: Holds,
    private readonly epochs: Epochs,
    private readonly marks: EpochMarks,
  ) {}

  /** First of all: nothing leaves before it is released, whatever was noticed. */
  async hold(restoredTo: Date): Promise<void> {
    await this.holds.put({
      scope: wholeInstallation,
      reason: 'restored',
      note: `Restored to ${restoredTo.toISOString()}.`,
    });
  }

  /** Second, for each tenant: of the rounds that were under way, records may still come. */
  async distrustRounds(tenantId: string, restoredTo: Date, rounds: readonly RestoredRound[]): Promise<void> {
    await this.mails.distrustRounds(tenantId, rounds, restoredReply(restoredTo), restoredTo);
  }

  /** Third. @param tenantIds all tenants @returns how many mails became uncertain */
  async reconcile(restoredTo: Date, tenantIds: readonly string[]): Promise<number> {
    const reply = restoredReply(restoredTo);
    let mails = 0;
    for (;;) {
      const count = await this.mails.makeUncertain(tenantIds, reply, mostInBatch);
      mails += count;
      if (count < mostInBatch) break;
    }
    await this.mails.tellAgain(tenantIds, reply);
    return mails;
  }

  /** Last of all: from here on a release is possible. */
  async goOn(): Promise<void> {
    await this.epochs.goOnFrom(await this.marks.newest());
  }
}
