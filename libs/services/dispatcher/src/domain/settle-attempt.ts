import type { RecipientState, Reply } from '@mailrun/contracts';
import { classifyReply } from './classify-reply.js';
import type { BreakCause, ConversationStage, ServerReply, Transmission } from './conversation.js';
import { impliedState, openRecipients, type ClaimedMail, type MailRecipient } from './mail.js';
import type { ReplyRule, Scope, Verdict } from './reply-rule.js';
import { defaultFirstRetryMs, retryDelayMs, serverPauseMs } from './retry-delay.js';
import { verdicts } from './verdicts.js';

export type AttemptState = 'sent' | 'partly-sent' | 'failed' | 'deferred' | 'uncertain';

/** What an attempt makes of its mail. Times are delays: the database's clock turns them into times. */
export interface Settlement {
  readonly state: AttemptState;
  /** What the attempt itself was; differs from `state` where policy repeats an uncertain one, or a mail is given up. */
  readonly attemptState: AttemptState;
  readonly reply: Reply;
  /** With `deferred`. */
  readonly delayMs: number;
  /** Whether the next delay grows. */
  readonly counts: boolean;
  /** Recipients whose state is not the one that the mail's implies, with all that was known of them before. */
  readonly recipients: readonly Required<Pick<MailRecipient, 'position' | 'own'>>[];
  /** What the attempt says about the server. */
  readonly server: ServerNews;
}

/** What a conversation tells about the server's health. */
export type ServerNews =
  | { readonly kind: 'well' }
  /** It answered, but wants fewer mails. */
  | { readonly kind: 'slow-down'; readonly reply: Reply }
  | { readonly kind: 'unwell'; readonly reply: Reply }
  | { readonly kind: 'credentials-refused'; readonly reply: Reply };

/** A recipient's fate in one conversation. */
interface Fate {
  readonly recipient: MailRecipient;
  readonly state: RecipientState;
  readonly reply: Reply;
  readonly verdict?: Verdict;
}

/**
 * @param random from 0 to 1, for the jitter
 * @param rules the server's own, before the reply table
 * @param firstRetryMs the shortest delay before a mail is tried again, or an uncertain one is repeated
 */
export function settleAttempt(
  mail: ClaimedMail,
  transmission: Transmission,
  random: number,
  rules: readonly ReplyRule[] = [],
  firstRetryMs = defaultFirstRetryMs,
): Settlement {
  const fates = fatesOf(mail, transmission, rules);
  const deciding = decidingRecipients(mail.recipients);
  const states = new Map(mail.recipients.map(({ position, own }) => [position, own?.state ?? 'pending']));
  for (const { recipient, state } of fates) states.set(recipient.position, state);
  const attemptState = stateOfMail(deciding.map(({ position }) => states.get(position)!));

  const telling: RecipientState = attemptState === 'partly-sent' ? 'refused' : impliedState(attemptState);
  const leading =
    fates.find(({ recipient, state }) => deciding.includes(recipient) && state === telling) ?? fates[0]!;
  const { reply, verdict } = leading;
  const counts =
    transmission.ended === 'broken' ? transmission.stage !== 'mail' : doesCount(transmission, leading, fates);
  const delayMs = delayOf(mail, attemptState, verdict, counts, random, firstRetryMs);
  // What is the fault of server or sender waits for as long as that takes: it is never booked on a customer.
  const isTooOld = counts && mail.sinceFirstTryMs + delayMs > mail.giveUpAfterMs;
  const end = endOf(mail, attemptState, reply, isTooOld);
  const settled =
    end === 'given-up' ? withoutOpen(deciding.map(({ position }) => states.get(position)!)) : end;
  return {
    state: settled,
    attemptState,
    reply: end === 'given-up' && isTooOld ? { ...reply, code: 'smtp.gave-up' } : reply,
    delayMs: settled === 'deferred' ? delayMs : 0,
    counts,
    recipients: ownStates(fates, settled, attemptState),
    server: newsOf(transmission, fates),
  };
}

/** Addresses of kind `bcc` never decide, unless there are no others. */
export function decidingRecipients(recipients: readonly MailRecipient[]): readonly MailRecipient[] {
  const named = recipients.filter(({ kind }) => kind !== 'bcc');
  return named.length > 0 ? named : recipients;
}

/** The first that applies: uncertain, deferred, failed (partly sent if some were), sent. */
export function stateOfMail(recipients: readonly RecipientState[]): AttemptState {
  if (recipients.includes('uncertain')) return 'uncertain';
  if (recipients.includes('deferred') || recipients.includes('pending')) return 'deferred';
  if (!recipients.includes('refused')) return 'sent';
  return recipients.includes('accepted') ? 'partly-sent' : 'failed';
}

const withoutOpen = (recipients: readonly RecipientState[]): AttemptState =>
  recipients.includes('accepted') ? 'partly-sent' : 'failed';

function endOf(
  mail: ClaimedMail,
  attempt: AttemptState,
  reply: Reply,
  isTooOld: boolean,
): AttemptState | 'given-up' {
  // Damaged bytes never become whole again.
  const isHopeless = isTooOld || reply.code === 'sealed-mail-lost';
  if (attempt === 'uncertain')
    return mail.inDoubtPolicy === 'repeat' && !isHopeless ? 'deferred' : 'uncertain';
  if (attempt === 'deferred' && isHopeless) return 'given-up';
  return attempt;
}

function fatesOf(mail: ClaimedMail, transmission: Transmission, rules: readonly ReplyRule[]): Fate[] {
  const own = new Map(transmission.refused.map(({ address, reply }) => [address, reply]));
  return openRecipients(mail.recipients).map((recipient) => {
    const refusal = own.get(recipient.address);
    if (refusal)
      return refusedFate(
        recipient,
        transmission.ended === 'refused' ? transmission.stage : 'rcpt',
        refusal,
        rules,
      );
    switch (transmission.ended) {
      case 'accepted':
        return {
          recipient,
          state: 'accepted',
          reply: spoken('smtp.accepted', 'after-dot', transmission.reply),
        };
      case 'refused':
        return refusedFate(recipient, transmission.stage, transmission.reply, rules);
      case 'broken': {
        const { stage, cause, detail } = transmission;
        // Bytes that are lost are told to runs, which makes another copy only where nobody can have had this one.
        const isUnknown = stage === 'after-dot' || (cause === 'sealed-mail' && mail.mayHaveLeft);
        const code = stage === 'after-dot' ? 'smtp.outcome-unknown' : codeOfBreak[cause];
        return { recipient, state: isUnknown ? 'uncertain' : 'deferred', reply: { code, stage, detail } };
      }
    }
  });
}

/** An own refusal at RCPT is judged there, also when the conversation went on or ended elsewhere. */
function refusedFate(
  recipient: MailRecipient,
  stage: ConversationStage,
  said: ServerReply,
  rules: readonly ReplyRule[],
): Fate {
  const verdict = classifyReply(stage, said, rules);
  return {
    recipient,
    state: verdict.isPermanent ? 'refused' : 'deferred',
    reply: spoken(verdict.code, stage, said),
    verdict,
  };
}

export const codeOfBreak: Record<BreakCause, string> = {
  dns: 'smtp.host-not-found',
  'connection-refused': 'smtp.connection-refused',
  'connection-lost': 'smtp.connection-lost',
  timeout: 'smtp.timeout',
  tls: 'smtp.tls-failed',
  protocol: 'smtp.protocol-error',
  'auth-not-offered': 'smtp.auth-not-offered',
  'sealed-mail': 'sealed-mail-lost',
};

export const spoken = (code: string, stage: ConversationStage, said: ServerReply): Reply => ({
  code,
  stage,
  smtpCode: said.smtpCode,
  ...(said.enhancedCode === undefined ? {} : { enhancedCode: said.enhancedCode }),
  serverText: said.text,
});

/**
 * A fault of server, session, login or sender is not booked on the mail. Said about its content by the server, it is:
 * a mail that makes the server stumble must come ever more rarely, or it would hold up all others. A server that asks
 * for fewer mails counts, unless it closed the connection on whatever came (421); so does one that takes no more
 * addresses at a time, unless it took some.
 */
function doesCount(transmission: Transmission, { verdict, reply }: Fate, fates: readonly Fate[]): boolean {
  if (verdict === undefined) return true;
  if (verdict === verdicts.tooManyRecipients) return !fates.some(({ state }) => state === 'accepted');
  switch (verdict.scope) {
    case 'sender':
    case 'credentials':
    case 'session':
      return false;
    case 'server':
      return transmission.ended === 'refused' && ['content', 'after-dot'].includes(transmission.stage);
    case 'rate':
      return reply.smtpCode !== 421;
    case 'recipient':
    case 'mail':
      return true;
  }
}

function delayOf(
  mail: ClaimedMail,
  attempt: AttemptState,
  verdict: Verdict | undefined,
  counts: boolean,
  random: number,
  firstRetryMs: number,
): number {
  // So that a reply on its way is not overtaken.
  if (attempt === 'uncertain') return firstRetryMs;
  if (counts) return retryDelayMs(mail.retries + 1, random, firstRetryMs);
  // Until the run has heard of it and pauses; resumed, its mails go on within a minute.
  if (verdict?.scope === 'sender') return retryDelayMs(1, random, firstRetryMs);
  return serverPauseMs(1, random);
}

function ownStates(
  fates: readonly Fate[],
  settled: AttemptState,
  attempt: AttemptState,
): Settlement['recipients'] {
  const implied = impliedState(settled);
  return fates.flatMap(({ recipient, state, reply }) => {
    // What stays open when the mail is final ends with it: a repeat, a give-up, a BCC that was put off.
    const isOpen = state === 'deferred' || state === 'uncertain';
    const isFinal = settled === 'sent' || settled === 'failed' || settled === 'partly-sent';
    const repeats = attempt === 'uncertain' && settled === 'deferred' && state === 'uncertain';
    const ends: RecipientState = repeats ? 'deferred' : isOpen && isFinal ? 'refused' : state;
    if (ends === implied && recipient.own === undefined) return [];
    return [{ position: recipient.position, own: { state: ends, reply } }];
  });
}

function newsOf(transmission: Transmission, fates: readonly Fate[]): ServerNews {
  if (transmission.ended === 'broken') {
    const { stage, cause, detail } = transmission;
    if (cause === 'sealed-mail') return { kind: 'well' };
    return { kind: 'unwell', reply: { code: codeOfBreak[cause], stage, detail } };
  }
  const worst = (scope: Scope) => fates.find(({ verdict }) => verdict?.scope === scope);
  const credentials = worst('credentials');
  if (credentials) return { kind: 'credentials-refused', reply: credentials.reply };
  const server = worst('server');
  if (server) return { kind: 'unwell', reply: server.reply };
  const slow = worst('rate');
  return slow ? { kind: 'slow-down', reply: slow.reply } : { kind: 'well' };
}
