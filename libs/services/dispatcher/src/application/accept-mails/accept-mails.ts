import type { CopyOutcome } from '../../domain/copy-outcome.js';
import type { DispatchMails } from '../dispatch-mails/dispatch-mails.js';
import type { DispatchObserver } from '../ports/dispatch-observer.port.js';
import type { MailIntake, MailToAccept } from '../ports/mail-intake.port.js';
import type { PublishOutcomes } from '../publish-outcomes/publish-outcomes.js';

/**
 * Older records are dropped without a trace: runs fed their messages again long ago, or ended them. Records that do not
 * say when they were fed do not expire.
 */
const expiresAfterMs = 24 * 60 * 60 * 1000;

/** Takes copies in, and answers every one of them, also those that were here before: so a lost outcome heals. */
export class AcceptMails {
  constructor(
    private readonly intake: MailIntake,
    private readonly publisher: PublishOutcomes,
    private readonly dispatch: Pick<DispatchMails, 'wake'>,
    private readonly observer: DispatchObserver,
    private readonly now: () => number = Date.now,
  ) {}

  /** Resolves when the copies are entered and their outcomes are safe with the broker. */
  async accept(fed: readonly MailToAccept[]): Promise<readonly CopyOutcome[]> {
    const oldest = this.now() - expiresAfterMs;
    const fresh = fed.filter(({ fedAt }) => fedAt === undefined || fedAt.getTime() >= oldest);
    const outcomes = await this.intake.accept(fresh);
    if (outcomes.some(({ outcome }) => outcome.state === 'accepted')) this.dispatch.wake();
    await this.publisher.publishNow(outcomes);
    const entered = outcomes.filter(({ outcome }) => outcome.revision === 1).length;
    this.observer.accepted({
      entered,
      answered: outcomes.length - entered,
      expired: fed.length - outcomes.length,
    });
    return outcomes;
  }
}
