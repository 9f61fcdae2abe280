import type { SmtpFault, SmtpFaultPlan, SmtpMoment, SmtpStage } from '@mailrun/testing';
import type { Drill, DrillContext } from '../../drill.js';
import type { Random } from '../../random.js';

/** Stages of a conversation without TLS and login, in their order. */
export const stages = [
  'connect',
  'ehlo',
  'mail',
  'rcpt',
  'data',
  'content',
  'final',
] as const satisfies SmtpStage[];

export interface Misbehaviour extends Omit<Drill, 'isContained' | 'before'> {
  /** How likely a moment goes wrong, from 0 to 1. */
  readonly share: number;
  /** So many faults at most, so that the workload comes to its end. */
  readonly most: { readonly short: number; readonly long: number };
  /** How many mails it takes before; none where left out. */
  readonly afterAccepted?: { readonly short: number; readonly long: number };
  readonly at: readonly SmtpStage[];
  readonly fault: (random: Random, moment: SmtpMoment, isShort: boolean) => SmtpFault;
}

/** A drill in which the mail server does something wrong at some moments, and the right thing at the others. */
export function misbehaves({ share, most, afterAccepted, at, fault, ...drill }: Misbehaviour): Drill {
  return {
    isShort: true,
    messages: { short: 48 },
    rounds: { short: 3, long: 6 },
    ...drill,
    isContained: true,
    before: (context) => {
      const { mailServer, random, isShort } = context;
      const form = isShort ? 'short' : 'long';
      let left = most[form];
      const usual = mailServer.plan;
      mailServer.plan = (moment) => {
        const isTime = mailServer.ledger.accepted.length >= (afterAccepted?.[form] ?? 0);
        if (left === 0 || !isTime || !at.includes(moment.stage) || !random.isHit(share))
          return usual?.(moment);
        left -= 1;
        return written(context, moment, fault(random, moment, isShort));
      };
    },
  };
}

/** Writes a fault down, with what it may leave in doubt. */
export function written({ fault }: DrillContext, moment: SmtpMoment, what: SmtpFault): SmtpFault {
  fault(`${nameOf(what)} at ${moment.stage}`, isDoubtful(moment.stage, what) ? 1 : 0);
  return what;
}

/** Replaces the plan by one that may answer first. */
export function first(context: DrillContext, plan: SmtpFaultPlan): void {
  const { mailServer } = context;
  const usual = mailServer.plan;
  mailServer.plan = (moment) => {
    const what = plan(moment);
    return what === undefined ? usual?.(moment) : written(context, moment, what);
  };
}

const nameOf = (fault: SmtpFault): string => (fault.kind === 'reply' ? String(fault.code) : fault.kind);

/**
 * Whether the sender can't know what became of the mail: the dot was handed over, or it may have been together with the
 * content, and no answer came. An answer that comes late or slowly may come after the sender gave up.
 */
function isDoubtful(stage: SmtpStage, { kind }: SmtpFault): boolean {
  if (stage !== 'content' && stage !== 'final') return false;
  return kind !== 'reply' && kind !== 'slow';
}
