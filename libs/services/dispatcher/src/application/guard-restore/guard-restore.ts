import { wholeInstallation, type Hold } from '../../domain/hold.js';
import type { EpochMarks, Epochs } from '../ports/epochs.port.js';
import type { Holds } from '../ports/holds.port.js';

/** Mails that left within this time before a backup's moment are not noticed by a restore to that moment. */
const raiseEveryMs = 10_000;

/**
 * Notices that the database was restored to an earlier point, and then holds everything back: mails that left since
 * that point would leave once more. To be done before the first mail is claimed, and again and again.
 */
export class GuardRestore {
  constructor(
    private readonly epochs: Epochs,
    private readonly marks: EpochMarks,
    private readonly holds: Holds,
  ) {}

  /** @returns all holds that stand now */
  async look(): Promise<Hold[]> {
    if (await this.isBehind()) {
      await this.holds.put({
        scope: wholeInstallation,
        reason: 'restored',
        note: 'The blob store knows of later work than the database.',
      });
      return this.holds.list();
    }
    const raised = await this.epochs.raise(raiseEveryMs);
    if (raised !== undefined) await this.marks.put(raised);
    return this.holds.list();
  }

  /** Whether the database is behind what was kept outside of it. */
  async isBehind(): Promise<boolean> {
    // In this order: what another process raises meanwhile is in the database before it is outside.
    const outside = await this.marks.newest();
    return outside > (await this.epochs.current());
  }
}
