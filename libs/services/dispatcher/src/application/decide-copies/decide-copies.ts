import { Readable } from 'node:stream';
import type { Decision } from '@mailrun/contracts';
import type { CopyOutcome } from '../../domain/copy-outcome.js';
import { decidedCodes, decideMail } from '../../domain/decide-mail.js';
import { keyOfMail, type MailKey, type SealedBytes } from '../../domain/mail.js';
import type { DispatchMails } from '../dispatch-mails/dispatch-mails.js';
import type {
  MailDecision,
  MailDecisions,
  MailRevision,
  UncertainMail,
} from '../ports/mail-decisions.port.js';
import type { OutcomeStore } from '../ports/outcome-store.port.js';
import { SealedMailLost, type SealedContents } from '../ports/sealed-contents.port.js';
import type { PublishOutcomes } from '../publish-outcomes/publish-outcomes.js';

export interface CopiesToDecide {
  readonly tenantId: string;
  readonly decision: Decision;
  /** Who decided and why, for the history. */
  readonly detail?: string | undefined;
  readonly copies: readonly MailRevision[];
}

export interface RefusedDecision extends MailKey {
  readonly code: 'not-uncertain' | 'round-stopped' | 'sealed-mail-lost';
}

export interface DecidedCopies {
  /** What holds now, of all copies that are here. */
  readonly outcomes: readonly CopyOutcome[];
  readonly refused: readonly RefusedDecision[];
}

/**
 * Carries out what a person decided about uncertain mails. Nothing is sent here: a mail that goes again is due, with
 * the same bytes. Said twice, by two people at once, or about a mail that is known by now, it changes nothing.
 */
export class DecideCopies {
  constructor(
    private readonly decisions: MailDecisions,
    private readonly outcomes: OutcomeStore,
    private readonly contents: SealedContents,
    private readonly publisher: Pick<PublishOutcomes, 'tellSoon'>,
    private readonly dispatch: Pick<DispatchMails, 'wake'>,
  ) {}

  async decide({ tenantId, decision, detail, copies }: CopiesToDecide): Promise<DecidedCopies> {
    const uncertain = await this.decisions.uncertain(tenantId, copies);
    const refused = new Map<string, RefusedDecision['code']>();
    const decided: MailDecision[] = [];
    for (const mail of uncertain) {
      const refusal = decision === 'send-again' ? await this.refusalOf(mail) : undefined;
      if (refusal !== undefined) {
        refused.set(keyOfMail(mail), refusal);
        continue;
      }
      decided.push({
        messageId: mail.messageId,
        copy: mail.copy,
        revision: mail.revision,
        ...decideMail(mail.recipients, decision),
        reply: { code: decidedCodes[decision], ...(detail === undefined ? {} : { detail }) },
      });
    }
    const done = new Set((await this.decisions.decide(tenantId, decided)).map(keyOfMail));
    if (done.size > 0) {
      this.publisher.tellSoon();
      if (decision === 'send-again') this.dispatch.wake();
    }
    const outcomes = await this.outcomes.current(tenantId, copies);
    return {
      outcomes,
      refused: copies
        .filter((copy) => !done.has(keyOfMail(copy)))
        .map(({ messageId, copy }) => ({
          messageId,
          copy,
          code: refused.get(keyOfMail({ messageId, copy })) ?? 'not-uncertain',
        })),
    };
  }

  private async refusalOf({
    isRoundStopped,
    bytes,
  }: UncertainMail): Promise<RefusedDecision['code'] | undefined> {
    if (isRoundStopped) return 'round-stopped';
    return bytes !== undefined && (await this.areWhole(bytes)) ? undefined : 'sealed-mail-lost';
  }

  /** Reads small ones through, since only that tells whether they are as sealed; a large one is checked when it is sent. */
  private async areWhole(bytes: SealedBytes): Promise<boolean> {
    try {
      const content = await this.contents.open(bytes);
      if (content instanceof Readable) content.destroy();
      return true;
    } catch (error) {
      if (error instanceof SealedMailLost) return false;
      throw error;
    }
  }
}
