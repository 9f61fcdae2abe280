import type { CopyOutcome } from '../../domain/copy-outcome.js';
import type { MailKey } from '../../domain/mail.js';
import type { OutcomeStore } from '../ports/outcome-store.port.js';

/** Answers what runs asks when it heard nothing for long. */
export class AnswerOutcomes {
  constructor(private readonly store: OutcomeStore) {}

  /** Copies that are not here are left out. */
  answer(tenantId: string, copies: readonly MailKey[]): Promise<CopyOutcome[]> {
    return this.store.current(tenantId, copies);
  }
}
