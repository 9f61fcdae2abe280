import type { CopyOutcome } from '../../domain/copy-outcome.js';
import type { CopiesToEnd, MailIntake } from '../ports/mail-intake.port.js';

/**
 * Ends copies that were fed and may still be on their way here: entered now, they come too late. Stopped with their
 * run, or uncertain because they may have left before the database was restored.
 */
export class EndCopies {
  constructor(private readonly intake: MailIntake) {}

  end(given: CopiesToEnd): Promise<CopyOutcome[]> {
    return this.intake.enterEnded(given);
  }
}
