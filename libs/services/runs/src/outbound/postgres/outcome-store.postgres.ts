import { Injectable } from '@nestjs/common';
import type { MessageOutcome } from '@mailrun/contracts';
import { Database, type Transaction } from '@mailrun/platform-persistence';
import { RunsSettings } from '../../application/runs-settings.js';
import {
  OutcomeStore,
  type MessageChange,
  type OutcomeBatch,
  type StoredMessage,
} from '../../application/ports/outcome-store.port.js';
import { addressesReached, isLostMail, type EarlierCopy } from '../../domain/runs/copies.js';
import { freesItsInvoices, isFinal, isTakenUpAgain } from '../../domain/runs/message-state.js';
import { CounterChanges, changeCounters, type TriedMails } from './counters.js';
import { byKeysOnly } from './sql/feed.sql.js';
import * as sql from './sql/outcomes.sql.js';

/** After its next try was due, a deferred mail has this long to bring news before the dispatcher is asked. */
const graceMs = 60_000;

@Injectable()
export class PostgresOutcomeStore extends OutcomeStore {
  constructor(
    private readonly database: Database,
    private readonly settings: RunsSettings,
  ) {
    super();
  }

  override async inBatch<Result>(
    messages: readonly { readonly tenantId: string; readonly messageId: string }[],
    work: (batch: OutcomeBatch) => Promise<Result>,
  ): Promise<Result> {
    const ids = [...new Set(messages.map(({ messageId }) => messageId.toLowerCase()))].sort();
    return this.database.inTenants(
      messages.map(({ tenantId }) => tenantId),
      async (tx) => {
        const rows = await tx.prepared<LockedMessage>('runs-lock-messages', sql.lockMessages, [
          ids,
          ids[0],
          ids.at(-1),
        ]);
        return work({
          messages: new Map(rows.map((row) => [row.id, storedMessage(row)])),
          earlierCopies: (messageIds) => earlierCopies(tx, messageIds),
          write: (changes) => this.write(tx, changes),
        });
      },
      { settings: byKeysOnly },
    );
  }

  /** Nobody needs the answers: they leave with the commit. */
  private write(tx: Transaction, changes: readonly MessageChange[]): Promise<void> {
    tx.lastly('runs-write-outcomes', sql.writeOutcomes, [
      JSON.stringify(changes.map((change) => this.changeRow(change))),
      JSON.stringify(changes.flatMap(historyRows)),
      changes.filter(({ applied }) => isFinal(applied.state)).map(({ message }) => message.id),
    ]);
    const freed = changes.filter(({ applied }) => freesItsInvoices(applied.state, applied.hasAccepted));
    if (freed.length > 0)
      tx.lastly('runs-free-invoices', sql.freeInvoices, [freed.map(({ message }) => message.id)]);
    const again = changes.filter(({ message, applied }) => isTakenUpAgain(message.state, applied.state));
    if (again.length > 0)
      tx.lastly('runs-take-up-again', sql.takeUpAgain, [again.map(({ message }) => message.id)]);
    writeCopies(tx, changes);
    const { counters, tried } = countChanges(changes);
    changeCounters(tx, counters, tried);
    return Promise.resolve();
  }

  private changeRow({ message, applied, outcomes, earlier }: MessageChange): object {
    const { at, nextTryAt } = outcomes.at(-1)!;
    const { own, state, reason, revision, hasAccepted } = applied;
    // News of an earlier copy leaves the newest one, and its next try, as they are.
    const isAsBefore = message.state === applied.state && !outcomes.some(({ copy }) => copy === message.copy);
    const isDeferred = applied.state === 'deferred' && nextTryAt !== undefined && !isAsBefore;
    const isAskedFor = !isAsBefore && isWatchedAnew(message, applied.state);
    const earlierState = earlier === undefined ? message.earlierState : earlier.state;
    // What is null is left out: most of it is for most messages, and PostgreSQL reads each name.
    return {
      id: message.id,
      state,
      reason: reason ?? undefined,
      revision,
      hasAccepted,
      ...(own !== null && { ownState: own.state, ownReason: own.reason }),
      earlierState: earlierState ?? undefined,
      at,
      nextTryAt: isDeferred ? nextTryAt : isAsBefore ? message.nextTryAt : undefined,
      ...((isDeferred || isAskedFor) && {
        ...(isDeferred
          ? { checkAt: new Date(Date.parse(nextTryAt) + graceMs) }
          : { checkInMs: this.settings.askAfterMs }),
        ...{ tenantId: message.tenantId, runId: message.runId },
      }),
    };
  }
}

/** An accepted mail keeps the time of its batch: most are sent before it comes, and the others are looked at then. */
const isWatchedAnew = (message: StoredMessage, state: StoredMessage['state']): boolean =>
  state === 'uncertain' || (state === 'accepted' && message.state !== 'queued');

type LockedMessage = Omit<StoredMessage, 'own'> & {
  readonly ownState: StoredMessage['state'] | null;
  readonly ownReason: string | null;
};

const storedMessage = ({ ownState, ownReason, ...row }: LockedMessage): StoredMessage => ({
  ...row,
  own: ownState === null ? null : { state: ownState, reason: ownReason },
});

async function earlierCopies(
  tx: Transaction,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, readonly EarlierCopy[]>> {
  const rows = await tx.query<EarlierCopy & { messageId: string }>(sql.earlierCopies, [messageIds]);
  return Map.groupBy(rows, ({ messageId }) => messageId);
}

/** What only few outcomes bring: news of earlier copies, recipients that a retry leaves out, lost mails. */
function writeCopies(tx: Transaction, changes: readonly MessageChange[]): void {
  const copies = changes.flatMap(({ message, earlier }) =>
    (earlier?.copies ?? []).map((copy) => ({ messageId: message.id, ...copy })),
  );
  if (copies.length > 0)
    tx.lastly('runs-write-earlier-copies', sql.writeEarlierCopies, [JSON.stringify(copies)]);
  const reached = changes.flatMap(({ message, outcomes }) =>
    outcomes.flatMap((outcome) =>
      addressesReached(outcome, message.copy).map((address) => ({ ...message, address })),
    ),
  );
  if (reached.length > 0) {
    tx.lastly('runs-keep-reached', sql.keepReached, [
      reached.map(({ tenantId }) => tenantId),
      reached.map(({ id }) => id),
      reached.map(({ address }) => address),
    ]);
  }
  const lost = changes.filter(({ message, outcomes }) =>
    outcomes.some((outcome) => outcome.copy === message.copy && isLostMail(outcome)),
  );
  if (lost.length > 0) {
    tx.lastly('runs-keep-lost', sql.keepLost, [
      lost.map(({ message }) => message.tenantId),
      lost.map(({ message }) => message.id),
      lost.map(({ message }) => message.runId),
      lost.map(({ message }) => message.copy),
    ]);
  }
}

const historyRows = ({ message, outcomes }: MessageChange): object[] =>
  outcomes.map(
    ({ messageId, copy, revision, at, state, attempts, serverKey, nextTryAt, reply }: MessageOutcome) => ({
      tenantId: message.tenantId,
      messageId,
      copy,
      revision,
      at,
      state,
      attempts,
      serverKey,
      nextTryAt,
      code: reply?.code,
      smtpCode: reply?.smtpCode,
      enhancedCode: reply?.enhancedCode,
      serverText: reply?.serverText,
      detail: reply?.detail,
      line: reply?.line,
      column: reply?.column,
    }),
  );

function countChanges(changes: readonly MessageChange[]) {
  const counters = new CounterChanges();
  const mails = new Map<string, TriedMails>();
  for (const { message, applied, outcomes } of changes) {
    const { tenantId, preparationId, runId, invoices } = message;
    for (const [state, reason, sign] of [
      [message.state, message.reason, -1],
      [applied.state, applied.reason, 1],
    ] as const) {
      const common = { tenantId, preparationId, status: state, reason: reason ?? '' };
      counters.add({ ...common, unit: 'messages', count: sign });
      counters.add({ ...common, unit: 'invoices', count: sign * invoices });
    }
    const tries = outcomes.filter(({ state }) => state !== 'accepted' && state !== 'stopped').length;
    if (tries > 0) mails.set(runId, { tenantId, runId, mails: (mails.get(runId)?.mails ?? 0) + tries });
  }
  return { counters: counters.list(), tried: [...mails.values()] };
}
