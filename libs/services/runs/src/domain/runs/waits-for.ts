import type { MessageState, RunState, Wait } from '@mailrun/contracts';
import { messagesOfRound } from './rounds.js';
import { textOfRun } from './status-texts.js';

/** A run whose messages may wait. */
export interface WaitingCounts {
  readonly state: RunState;
  /** How many messages are in each state. */
  readonly messages: Readonly<Partial<Record<MessageState, number>>>;
}

/** The same, with what is known of times. */
export interface WaitingRun extends WaitingCounts {
  readonly why: string | null;
  /** When what is being made ready is fed again, should it be lost. */
  readonly fedAgainAt: Date | null;
  /** Of deferred messages, the earliest. */
  readonly nextTryAt: Date | null;
  readonly expectedEndAt: Date | null;
  /** Rounds, and whether their copies are still being made. */
  readonly beingMade: readonly { readonly kind: string; readonly isBeingMade: boolean }[];
}

type Kind = Wait['for'];

/** What each state waits for while its run is running. */
const whileRunning: Readonly<Partial<Record<MessageState, Kind>>> = {
  pending: 'turn',
  queued: 'sealing',
  accepted: 'mail-server',
  deferred: 'next-try',
  uncertain: 'decision',
};

const nextSteps: Readonly<Record<Exclude<Kind, 'resume' | 'server-resume'>, string>> = {
  turn: 'Nothing: they go when their turn comes.',
  sealing: 'Nothing: they are made ready, and asked for again if they get lost.',
  'mail-server': 'Nothing. If it lasts, look at the message server: it may be slow, limited or away.',
  'next-try': 'Nothing: they are tried again. To go on without them, stop the run.',
  round: 'Nothing: their next copies are being made.',
  decision: 'Ask the mail server’s staff or the customers, then decide: treat as sent, or send again.',
  stop: 'Nothing: conversations that had begun come to their end.',
};

/** How many messages wait for what. Nothing that waits is left out. */
export function countWaits(run: WaitingCounts): Map<Kind, number> {
  const sums = new Map<Kind, number>();
  for (const [state, count = 0] of Object.entries(run.messages) as [MessageState, number | undefined][]) {
    const kind = kindOf(run, state);
    if (kind !== undefined && count > 0) sums.set(kind, (sums.get(kind) ?? 0) + count);
  }
  return sums;
}

/** For what the messages of a run wait, and until when. */
export function waitsOf(run: WaitingRun): Wait[] {
  const until: Partial<Record<Kind, Date | null>> = {
    turn: run.expectedEndAt,
    'mail-server': run.expectedEndAt,
    sealing: run.fedAgainAt,
    'next-try': run.nextTryAt,
  };
  const waits = countWaits(run);
  for (const kind of new Set(run.beingMade.filter((round) => round.isBeingMade).map((round) => round.kind))) {
    const states = kind === 'send-rest' || kind === 'retry-failed' ? messagesOfRound[kind] : [];
    const messages = states.reduce((sum, state) => sum + (run.messages[state] ?? 0), 0);
    if (messages > 0) waits.set('round', (waits.get('round') ?? 0) + messages);
  }
  return [...waits].map(([kind, messages]) => ({
    for: kind,
    messages,
    until: until[kind]?.toISOString() ?? null,
    nextStep:
      kind === 'resume'
        ? (textOfRun(run.state, run.why).nextStep ?? 'Resume or stop it.')
        : nextSteps[kind as keyof typeof nextSteps],
  }));
}

/** Whether it ends only when the mail server takes mails. */
export const isForServer = (kind: Kind): boolean => kind === 'mail-server' || kind === 'next-try';

/** The same waits while the run's message server is paused: what waits for the server waits for a person. */
export function waitsWhilePaused(waits: readonly Wait[], serverKey: string): Wait[] {
  const messages = waits.reduce((sum, wait) => sum + (isForServer(wait.for) ? wait.messages : 0), 0);
  if (messages === 0) return [...waits];
  const nextStep = `Resume the message server '${serverKey}': it is paused.`;
  return [
    ...waits.filter((wait) => !isForServer(wait.for)),
    { for: 'server-resume', messages, until: null, nextStep },
  ];
}

function kindOf({ state }: WaitingCounts, message: MessageState): Kind | undefined {
  const kind = whileRunning[message];
  if (kind === undefined) return undefined;
  switch (state) {
    case 'running':
      return kind;
    case 'paused':
      return kind === 'decision' ? kind : 'resume';
    case 'stopped':
      return kind === 'decision' ? kind : 'stop';
    case 'completed':
      return kind;
    case 'draft':
    case 'preparing':
    case 'prepared':
      return undefined;
  }
}
