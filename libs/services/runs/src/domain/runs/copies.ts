import type { MessageOutcome, MessageState } from '@mailrun/contracts';

/** The most telling state of the copies before the newest one, where any of them reached someone, or may have. */
export type EarlierState = Extract<
  MessageState,
  'sent' | 'accepted' | 'deferred' | 'uncertain' | 'partly-sent'
>;

/** What tells most comes first. An earlier copy that is sent again by a decision is under way like any other. */
export const earlierStates: readonly EarlierState[] = [
  'sent',
  'accepted',
  'deferred',
  'uncertain',
  'partly-sent',
];

/** Of the copies before the newest one; null: all failed or were stopped. */
export const earlierStateOf = (copies: readonly MessageState[]): EarlierState | null =>
  earlierStates.find((state) => copies.includes(state)) ?? null;

export interface OwnState {
  readonly state: MessageState;
  readonly reason: string | null;
}

export interface DerivedState extends OwnState {
  /** Of the newest copy, where an earlier one decides the message's state; else null. */
  readonly own: OwnState | null;
}

/**
 * The state of a message from its copies: the newest decides, unless it came to less than an earlier one. What was sent
 * stays sent; who was reached stays reached; what may have left is not called failed.
 */
export function stateOfCopies(
  own: OwnState,
  earlier: EarlierState | null,
  hasAcceptedBefore: boolean,
): DerivedState {
  const isLost = own.state === 'failed' || own.state === 'stopped';
  const decides =
    (isLost && (earlier ?? (hasAcceptedBefore ? 'partly-sent' : null))) ||
    (own.state === 'partly-sent' && earlier === 'sent' && earlier) ||
    null;
  if (decides === null) return { ...own, own: null };
  return { state: decides, reason: decides === 'partly-sent' ? own.reason : null, own };
}

/** A copy before the newest one, as runs keeps it. */
export interface EarlierCopy extends OwnState {
  readonly copy: number;
  readonly revision: number;
}

/** What an outcome makes of a copy before the newest one; undefined when it is no news. */
export function applyToEarlierCopy(known: EarlierCopy, outcome: MessageOutcome): EarlierCopy | undefined {
  if (outcome.copy !== known.copy || outcome.revision <= known.revision) return undefined;
  return { copy: known.copy, revision: outcome.revision, ...ownState(outcome) };
}

/**
 * State and reason of a copy by its outcome. A copy that was put off for some and stopped then is partly sent where it
 * reached others; a BCC never decides.
 */
export function ownState({ state, reply, recipients }: MessageOutcome): OwnState {
  if (state === 'sent' || state === 'accepted') return { state, reason: null };
  const reason = reply?.code ?? (state === 'stopped' ? 'run-stopped' : null);
  const hasReached = recipients.some((one) => one.kind !== 'bcc' && one.state === 'accepted');
  return { state: state === 'stopped' && hasReached ? 'partly-sent' : state, reason };
}

/** A copy that was lost is made again by itself so often: a store that loses everything must not go round for ever. */
const mostCopies = 5;

/** Whether the next copy is to be made, because the sealed mail was lost before it left. */
export const isLostMail = ({ state, copy, reply }: MessageOutcome): boolean =>
  (state === 'failed' || state === 'partly-sent') && reply?.code === 'sealed-mail-lost' && copy < mostCopies;

/**
 * Addresses that a copy reached and that a retry must leave out. Of a copy that reached all there is nothing to retry,
 * so they are kept only where others were not reached, or where a later copy is there already.
 */
export const addressesReached = (outcome: MessageOutcome, newestCopy: number): string[] =>
  outcome.state === 'sent' && outcome.copy === newestCopy
    ? []
    : outcome.recipients
        .filter(({ state }) => state === 'accepted')
        .map(({ address }) => address.toLowerCase());
