import type { CopyOutcome } from '../../domain/copy-outcome.js';
import type { CopiesToStop, MailIntake } from '../ports/mail-intake.port.js';

/** Ends copies that were fed and may still be on their way here: entered as stopped, they come too late. */
export class StopCopies {
  constructor(private readonly intake: MailIntake) {}

  stop(given: CopiesToStop): Promise<CopyOutcome[]> {
    return this.intake.enterStopped(given);
  }
}
