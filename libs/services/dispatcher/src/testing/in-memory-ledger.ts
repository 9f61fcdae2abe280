import { randomUUID } from 'node:crypto';
import type { Mode, Reply } from '@mailrun/contracts';
import {
  MailDecisions,
  type MailDecision,
  type MailRevision,
  type UncertainMail,
} from '../application/ports/mail-decisions.port.js';
import {
  MailIntake,
  type CopiesToEnd,
  type MailToAccept,
  type SealedMail,
} from '../application/ports/mail-intake.port.js';
import {
  MailQueue,
  type ClaimRequest,
  type Committed,
  type GroupCommit,
  type HeldMail,
  type Recovered,
  type OutboxEntry,
  type WaitingRun,
} from '../application/ports/mail-queue.port.js';
import { ModePolicy } from '../application/ports/mode-policy.js';
import { defaultGiveUpAfterHours } from '../domain/retry-delay.js';
import {
  OutcomeStore,
  type AttemptRecord,
  type MessageHistory,
} from '../application/ports/outcome-store.port.js';
import { restoredRevision } from '../domain/restored-revision.js';
import { RestoredMails, type RestoredRound } from '../application/ports/restored-mails.port.js';
import { RunGates, type RunGate } from '../application/ports/run-gates.port.js';
import { TenantModes } from '../application/ports/tenant-modes.port.js';
import { wholeInstallation, type Hold } from '../domain/hold.js';
import { copyStateOf, outcomeRecipients, type CopyOutcome } from '../domain/copy-outcome.js';
import {
  keyOfMail,
  type ClaimedMail,
  type MailKey,
  type MailRecipient,
  type MailState,
  type SealedBytes,
} from '../domain/mail.js';

interface Row {
  readonly mail: Omit<MailToAccept, 'content'>;
  readonly sealed: SealedMail | undefined;
  readonly createdAt: number;
  recipients: MailRecipient[];
  state: MailState;
  revision: number;
  attempts: number;
  retries: number;
  dueAt: number | undefined;
  leaseUntil: number | undefined;
  token: string | undefined;
  reply: Reply | undefined;
  updatedAt: number;
  readonly history: AttemptRecord[];
}

/**
 * The dispatcher's tables in memory, one transaction at a time: what PostgreSQL does, without it. The ports below
 * work on one ledger, as their adapters work on one schema.
 */
export class InMemoryLedger {
  readonly rows = new Map<string, Row>();
  readonly gates: RunGate[] = [];
  readonly holds = new Map<string, Hold>();
  /** Since when, by tenant and server key. */
  readonly pausedServers = new Map<string, Date>();
  readonly modes = new Map<string, { readonly mode: Mode; readonly revision: number }>();
  /** By run. */
  readonly restoredRounds = new Map<string, { readonly round: number; readonly reply: Reply }>();
  /** When a restore was reconciled, by tenant. */
  readonly restores = new Map<string, number>();
  /** Entries by id. */
  readonly outbox = new Map<string, { readonly copies: readonly MailKey[]; readonly at: number }>();

  /** @param now milliseconds of the database's clock */
  constructor(readonly now: () => number = Date.now) {}

  /** All that is written down, as a backup has it; to be restored as often as wanted. */
  backup(): LedgerBackup {
    const { rows, gates, holds, pausedServers, modes, restoredRounds, restores, outbox } = this;
    return {
      rows: copies(rows),
      gates: [...gates],
      holds: [...holds],
      pausedServers: [...pausedServers],
      modes: [...modes],
      restoredRounds: [...restoredRounds],
      restores: [...restores],
      outbox: [...outbox],
    };
  }

  /** As if nothing had happened since. */
  restore({
    rows,
    gates,
    holds,
    pausedServers,
    modes,
    restoredRounds,
    restores,
    outbox,
  }: LedgerBackup): void {
    replace(this.rows, copies(rows));
    this.gates.splice(0, this.gates.length, ...gates);
    replace(this.holds, holds);
    replace(this.pausedServers, pausedServers);
    replace(this.modes, modes);
    replace(this.restoredRounds, restoredRounds);
    replace(this.restores, restores);
    replace(this.outbox, outbox);
  }

  /** Enters what was changed in one transaction into the outbox. Answers the entry's id. */
  tell(rows: readonly Row[]): string | undefined {
    if (rows.length === 0) return undefined;
    const entry = randomUUID();
    const copies = rows.map(({ mail: { messageId, copy } }) => ({ messageId, copy }));
    this.outbox.set(entry, { copies, at: this.now() });
    return entry;
  }

  isBlocked(row: Row, state?: 'stopped'): boolean {
    return this.gates.some(
      (gate) =>
        gate.runId === row.mail.runId &&
        gate.round >= row.mail.round &&
        (state === undefined ? gate.state !== 'running' : gate.state === state),
    );
  }

  /** By a hold, or because its server is paused. */
  isHeld({ mail: { tenantId }, sealed }: Row): boolean {
    const isPaused = this.pausedServers.has(`${tenantId}/${sealed?.serverKey}`);
    return isPaused || this.holds.has(wholeInstallation) || this.holds.has(tenantId);
  }

  fits(row: Row, onlyMode: Mode | null): boolean {
    const { tenantId, mode } = row.mail;
    return mode === (this.modes.get(tenantId)?.mode ?? 'test') && (onlyMode === null || mode === onlyMode);
  }

  held({ messageId, copy, attemptToken }: HeldMail, ...states: MailState[]): Row | undefined {
    const row = this.rows.get(keyOfMail({ messageId, copy }));
    return row && row.token === attemptToken && states.includes(row.state) ? row : undefined;
  }

  change(row: Row, changes: Partial<Row>): void {
    Object.assign(row, { dueAt: undefined, leaseUntil: undefined, updatedAt: this.now() }, changes);
  }

  outcomeOf(row: Row): CopyOutcome {
    const { mail, sealed, reply } = row;
    const state = copyStateOf(row.state, reply !== undefined);
    return {
      tenantId: mail.tenantId,
      runId: mail.runId,
      round: mail.round,
      mode: mail.mode,
      ...(mail.traceparent === undefined ? {} : { traceparent: mail.traceparent }),
      outcome: {
        messageId: mail.messageId,
        copy: mail.copy,
        revision: row.revision,
        state,
        at: new Date(row.updatedAt).toISOString(),
        ...(state === 'deferred' ? { nextTryAt: new Date(row.dueAt ?? row.updatedAt).toISOString() } : {}),
        attempts: row.attempts,
        ...(sealed
          ? {
              serverKey: sealed.serverKey,
              messageIdHeader: sealed.messageIdHeader,
              sizeBytes: sealed.sizeBytes,
            }
          : {}),
        ...(reply === undefined ? {} : { reply }),
        recipients: outcomeRecipients(row.state, row.recipients),
      },
    };
  }

  /** For tests: as if the time had come. */
  expireLeases(runId: string): void {
    for (const row of this.rows.values()) {
      if (row.mail.runId === runId && row.leaseUntil !== undefined) row.leaseUntil = this.now() - 1;
    }
  }

  /** For tests: as if the time had come. */
  makeDue(runId: string): void {
    for (const row of this.rows.values()) {
      if (row.mail.runId === runId && row.dueAt !== undefined) row.dueAt = this.now();
    }
  }
}

type Entries<Of> = Of extends Map<infer Key, infer Value> ? (readonly [Key, Value])[] : never;

/** What the tables of the dispatcher said at one moment. */
export interface LedgerBackup {
  readonly rows: Entries<InMemoryLedger['rows']>;
  readonly gates: readonly RunGate[];
  readonly holds: Entries<InMemoryLedger['holds']>;
  readonly pausedServers: Entries<InMemoryLedger['pausedServers']>;
  readonly modes: Entries<InMemoryLedger['modes']>;
  readonly restoredRounds: Entries<InMemoryLedger['restoredRounds']>;
  readonly restores: Entries<InMemoryLedger['restores']>;
  readonly outbox: Entries<InMemoryLedger['outbox']>;
}

/** Rows change in place. */
const copies = (rows: Iterable<readonly [string, Row]>): LedgerBackup['rows'] =>
  [...rows].map(([key, row]) => [key, { ...row, history: [...row.history] }] as const);

function replace<Key, Value>(map: Map<Key, Value>, entries: Iterable<readonly [Key, Value]>): void {
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
}

export class InMemoryMailIntake extends MailIntake {
  constructor(private readonly ledger: InMemoryLedger) {
    super();
  }

  async accept(mails: readonly MailToAccept[]): Promise<CopyOutcome[]> {
    for (const { content, ...mail } of mails) {
      if (content.kind === 'sealed') this.enter(mail, 'accepted', content, undefined);
      else this.enter(mail, 'failed', undefined, content.reply);
    }
    return mails
      .map((mail) => this.ledger.rows.get(keyOfMail(mail)))
      .filter((row) => row !== undefined)
      .map((row) => this.ledger.outcomeOf(row));
  }

  async enterEnded({ copies, as, reply, ...common }: CopiesToEnd): Promise<CopyOutcome[]> {
    for (const { messageId, copy } of copies) {
      this.enter({ ...common, messageId, copy }, as, undefined, reply);
      if (as === 'uncertain') this.holdRestored({ messageId, copy }, reply);
    }
    return copies.map((copy) => this.ledger.outcomeOf(this.ledger.rows.get(keyOfMail(copy))!));
  }

  private holdRestored(key: MailKey, reply: Reply | undefined): void {
    const { ledger } = this;
    const row = ledger.rows.get(keyOfMail(key))!;
    if (row.revision !== 1 || (row.state !== 'accepted' && row.state !== 'uncertain')) return;
    ledger.change(row, { state: 'uncertain', revision: restoredRevision(ledger.now()), reply });
  }

  private enter(
    mail: Row['mail'],
    state: MailState,
    sealed: SealedMail | undefined,
    reply: Reply | undefined,
  ): void {
    const { ledger } = this;
    if (ledger.rows.has(keyOfMail(mail))) return;
    const now = ledger.now();
    const row: Row = {
      mail,
      sealed,
      createdAt: now,
      recipients: (sealed?.recipients ?? []).map((recipient, position) => ({ ...recipient, position })),
      state,
      revision: 1,
      attempts: 0,
      retries: 0,
      dueAt: undefined,
      leaseUntil: undefined,
      token: undefined,
      reply,
      updatedAt: now,
      history: [],
    };
    if (state !== 'uncertain' && ledger.isBlocked(row, 'stopped')) row.state = 'stopped';
    const restored = ledger.restoredRounds.get(mail.runId);
    const isRestored = restored !== undefined && restored.round >= mail.round;
    if (!isRestored && (mail.fedAt?.getTime() ?? Infinity) < (ledger.restores.get(mail.tenantId) ?? 0))
      return;
    if (isRestored) {
      Object.assign(row, { state: 'uncertain', revision: restoredRevision(now), reply: restored.reply });
    }
    if (row.state === 'accepted') row.dueAt = now;
    ledger.rows.set(keyOfMail(mail), row);
  }
}

export class InMemoryMailQueue extends MailQueue {
  constructor(
    private readonly ledger: InMemoryLedger,
    private readonly modes = new ModePolicy({ forceTest: false }),
  ) {
    super();
  }

  async waitingRuns(limit: number): Promise<WaitingRun[]> {
    const runs = new Map<string, WaitingRun>();
    for (const { mail, sealed, dueAt } of this.ledger.rows.values()) {
      if (dueAt === undefined || dueAt > this.ledger.now() || !sealed) continue;
      const { tenantId, runId } = mail;
      const { serverKey } = sealed;
      if (this.ledger.pausedServers.has(`${tenantId}/${serverKey}`)) continue;
      runs.set(`${tenantId}/${serverKey}/${runId}`, { tenantId, serverKey, runId });
    }
    return [...runs.values()].slice(0, limit);
  }

  async claim(requests: readonly ClaimRequest[], leaseMs: number): Promise<ClaimedMail[]> {
    const { ledger } = this;
    const token = randomUUID();
    const now = ledger.now();
    return requests.flatMap(({ serverKey, runId, limit }) =>
      [...ledger.rows.values()]
        .filter((row) => row.mail.runId === runId && row.sealed?.serverKey === serverKey)
        .filter((row) => row.dueAt !== undefined && row.dueAt <= now)
        .filter(
          (row) => !ledger.isHeld(row) && !ledger.isBlocked(row) && ledger.fits(row, this.modes.onlyMode),
        )
        .toSorted((a, b) => a.dueAt! - b.dueAt!)
        .slice(0, limit)
        .map((row) => {
          const { updatedAt } = row;
          ledger.change(row, { state: 'claimed', token, leaseUntil: now + leaseMs, updatedAt });
          return claimedFrom(row, token, now);
        }),
    );
  }

  async commit({ finished, next, told }: GroupCommit): Promise<Committed> {
    const { ledger } = this;
    const now = ledger.now();
    const settled = finished.flatMap(({ mail, settlement, elapsedMs }) => {
      const row = ledger.held(mail, 'transmitting', 'uncertain');
      if (!row) return [];
      const isStopped = settlement.state === 'deferred' && ledger.isBlocked(row, 'stopped');
      const stopped = settlement.attemptState === 'uncertain' ? 'uncertain' : 'stopped';
      const state = isStopped ? stopped : settlement.state;
      const own = new Map(settlement.recipients.map((one) => [one.position, one.own]));
      ledger.change(row, {
        state,
        revision: row.revision + 1,
        retries: row.retries + (settlement.counts ? 1 : 0),
        reply: settlement.reply,
        recipients: row.recipients.map((recipient) => {
          const known = own.get(recipient.position);
          return known === undefined ? recipient : { ...recipient, own: known };
        }),
        ...(state === 'deferred' ? { dueAt: now + settlement.delayMs } : {}),
      });
      record(row, settlement.attemptState, settlement.reply, now - elapsedMs, now);
      return [row];
    });
    const entry = ledger.tell(settled);
    const outcomes = settled.map((row) => ledger.outcomeOf(row));
    const marked = new Set<string>();
    for (const mail of next) {
      const row = ledger.held(mail, 'claimed', 'transmitting');
      const { leaseUntil = 0 } = row ?? {};
      if (!row || leaseUntil <= now || ledger.isHeld(row)) continue;
      if (ledger.isBlocked(row) || !ledger.fits(row, this.modes.onlyMode)) continue;
      const attempts = row.attempts + (row.state === 'claimed' ? 1 : 0);
      ledger.change(row, { state: 'transmitting', attempts, leaseUntil });
      marked.add(keyOfMail(mail));
    }
    for (const one of told) ledger.outbox.delete(one);
    return { marked, settled: entry === undefined ? undefined : { entry, outcomes } };
  }

  async giveBack(mails: readonly HeldMail[], delayMs: number): Promise<void> {
    for (const mail of mails) {
      const row = this.ledger.held(mail, 'claimed', 'transmitting');
      if (!row) continue;
      if (row.state === 'transmitting') row.attempts -= 1;
      this.wait(row, this.ledger.now() + delayMs);
    }
  }

  async renew(mails: readonly HeldMail[], leaseMs: number): Promise<void> {
    for (const mail of mails) {
      const row = this.ledger.held(mail, 'claimed', 'transmitting');
      if (row) row.leaseUntil = this.ledger.now() + leaseMs;
    }
  }

  async recover(repeatAfterMs: number): Promise<Recovered> {
    const { ledger } = this;
    const now = ledger.now();
    const recovered = { returned: 0, uncertain: 0 };
    const lost: Row[] = [];
    for (const row of ledger.rows.values()) {
      if (row.leaseUntil === undefined || row.leaseUntil >= now) continue;
      if (row.state === 'claimed') {
        this.wait(row, now);
        recovered.returned += 1;
        continue;
      }
      const repeats = row.sealed!.inDoubtPolicy === 'repeat' && !ledger.isBlocked(row, 'stopped');
      const reply = {
        code: 'smtp.outcome-unknown',
        stage: 'after-dot',
        detail: 'The dispatcher ended while it sent this mail.',
      };
      record(row, 'uncertain', reply, row.updatedAt, now);
      ledger.change(row, {
        state: repeats ? 'deferred' : 'uncertain',
        revision: row.revision + 1,
        reply,
        ...(repeats ? { token: undefined, dueAt: now + repeatAfterMs } : {}),
      });
      lost.push(row);
      recovered.uncertain += 1;
    }
    ledger.tell(lost);
    return recovered;
  }

  private wait(row: Row, dueAt: number): void {
    const { updatedAt } = row;
    const state = row.reply === undefined ? 'accepted' : 'deferred';
    this.ledger.change(row, { state, token: undefined, dueAt, updatedAt });
  }
}

export class InMemoryRunGates extends RunGates {
  constructor(private readonly ledger: InMemoryLedger) {
    super();
  }

  async put(gate: RunGate): Promise<RunGate> {
    const { gates } = this.ledger;
    const at = gates.findIndex(({ runId, round }) => runId === gate.runId && round === gate.round);
    if (at < 0) gates.push(gate);
    else if (gates[at]!.revision < gate.revision) gates[at] = gate;
    return at < 0 ? gate : gates[at]!;
  }

  async stopWaiting(limit: number, of?: { readonly runId: string }): Promise<number> {
    const { ledger } = this;
    const waiting = [...ledger.rows.values()]
      .filter((row) => of === undefined || row.mail.runId === of.runId)
      .filter((row) => ['accepted', 'deferred', 'claimed'].includes(row.state))
      .filter((row) => ledger.isBlocked(row, 'stopped'))
      .slice(0, limit);
    for (const row of waiting) {
      ledger.change(row, { state: 'stopped', token: undefined, revision: row.revision + 1 });
    }
    ledger.tell(waiting);
    return waiting.length;
  }
}

export class InMemoryMailDecisions extends MailDecisions {
  constructor(private readonly ledger: InMemoryLedger) {
    super();
  }

  async uncertain(tenantId: string, copies: readonly MailRevision[]): Promise<UncertainMail[]> {
    return copies.flatMap((copy) => {
      const row = this.find(tenantId, copy);
      if (!row) return [];
      return [
        {
          messageId: copy.messageId,
          copy: copy.copy,
          revision: row.revision,
          recipients: row.recipients,
          bytes: row.sealed && bytesOf(row.sealed),
          isRoundStopped: this.ledger.isBlocked(row, 'stopped'),
        },
      ];
    });
  }

  async decide(tenantId: string, decisions: readonly MailDecision[]): Promise<MailKey[]> {
    const { ledger } = this;
    const decided = decisions.flatMap((decision) => {
      const row = this.find(tenantId, decision);
      const { state, reply } = decision;
      if (!row || (state === 'deferred' && ledger.isBlocked(row, 'stopped'))) return [];
      const own = new Map(decision.recipients.map((one) => [one.position, one.own]));
      ledger.change(row, {
        state,
        token: undefined,
        revision: row.revision + 1,
        reply,
        recipients: row.recipients.map((recipient) => {
          const known = own.get(recipient.position);
          return known === undefined ? recipient : { ...recipient, own: known };
        }),
        ...(state === 'deferred' ? { dueAt: ledger.now() } : {}),
      });
      return [row];
    });
    ledger.tell(decided);
    return decided.map(({ mail: { messageId, copy } }) => ({ messageId, copy }));
  }

  private find(tenantId: string, { messageId, copy, revision }: MailRevision): Row | undefined {
    const row = this.ledger.rows.get(keyOfMail({ messageId, copy }));
    const isIt = row?.mail.tenantId === tenantId && row.revision === revision && row.state === 'uncertain';
    return isIt ? row : undefined;
  }
}

export class InMemoryRestoredMails extends RestoredMails {
  constructor(private readonly ledger: InMemoryLedger) {
    super();
  }

  async distrustRounds(
    tenantId: string,
    rounds: readonly RestoredRound[],
    reply: Reply,
    restoredTo: Date,
  ): Promise<void> {
    const { ledger } = this;
    ledger.restores.set(tenantId, ledger.now());
    const held: Row[] = [];
    for (const { runId, round } of rounds) {
      const known = ledger.restoredRounds.get(runId)?.round ?? 0;
      ledger.restoredRounds.set(runId, { round: Math.max(round, known), reply });
      const ended = this.of([tenantId])
        .filter(({ mail }) => mail.runId === runId && mail.round <= round)
        .filter(({ createdAt, attempts }) => createdAt >= restoredTo.getTime() && attempts === 0)
        .filter(({ state }) => state === 'failed' || state === 'stopped');
      for (const row of ended) {
        ledger.change(row, { state: 'uncertain', revision: this.revisionAfter(row), reply });
      }
      held.push(...ended);
    }
    ledger.tell(held);
  }

  async makeUncertain(tenantIds: readonly string[], reply: Reply, limit: number): Promise<number> {
    const { ledger } = this;
    const open = this.of(tenantIds)
      .filter(({ dueAt, leaseUntil }) => (dueAt ?? Infinity) <= ledger.now() || leaseUntil !== undefined)
      .slice(0, limit);
    for (const row of open) {
      ledger.change(row, { state: 'uncertain', token: undefined, revision: this.revisionAfter(row), reply });
    }
    ledger.tell(open);
    return open.length;
  }

  async tellAgain(tenantIds: readonly string[], reply: Reply): Promise<void> {
    const { ledger } = this;
    const isTold = (row: Row) => JSON.stringify(row.reply) === JSON.stringify(reply);
    const raised = this.of(tenantIds).filter((row) =>
      row.state === 'uncertain' ? !isTold(row) : (row.dueAt ?? 0) > ledger.now(),
    );
    for (const row of raised) {
      row.revision = this.revisionAfter(row);
      row.token = undefined;
      if (row.state === 'uncertain') row.reply = reply;
    }
    ledger.tell(raised);
  }

  private of(tenantIds: readonly string[]): Row[] {
    return [...this.ledger.rows.values()].filter(({ mail }) => tenantIds.includes(mail.tenantId));
  }

  private revisionAfter({ revision }: Row): number {
    return Math.max(revision + 1, restoredRevision(this.ledger.now()));
  }
}

export class InMemoryTenantModes extends TenantModes {
  constructor(private readonly ledger: InMemoryLedger) {
    super();
  }

  async put(tenantId: string, mode: Mode, revision: number): Promise<void> {
    const known = this.ledger.modes.get(tenantId);
    if (!known || known.revision < revision) this.ledger.modes.set(tenantId, { mode, revision });
  }
}

export class InMemoryOutcomeStore extends OutcomeStore {
  constructor(private readonly ledger: InMemoryLedger) {
    super();
  }

  async current(tenantId: string, copies: readonly MailKey[]): Promise<CopyOutcome[]> {
    return copies.flatMap((key) => {
      const row = this.ledger.rows.get(keyOfMail(key));
      return row && row.mail.tenantId === tenantId ? [this.ledger.outcomeOf(row)] : [];
    });
  }

  async untold(olderThanMs: number, limit: number): Promise<OutboxEntry[]> {
    const { ledger } = this;
    let before = 0;
    return [...ledger.outbox]
      .filter(([, { at }]) => at < ledger.now() - olderThanMs)
      .filter(([, { copies }]) => {
        before += copies.length;
        return before - copies.length < limit;
      })
      .map(([entry, { copies }]) => ({
        entry,
        outcomes: copies.map((key) => ledger.outcomeOf(ledger.rows.get(keyOfMail(key))!)),
      }));
  }

  async forget(entries: readonly string[]): Promise<void> {
    for (const entry of entries) this.ledger.outbox.delete(entry);
  }

  async history(tenantId: string, messageId: string): Promise<MessageHistory | undefined> {
    const rows = [...this.ledger.rows.values()]
      .filter(({ mail }) => mail.tenantId === tenantId && mail.messageId === messageId)
      .toSorted((a, b) => a.mail.copy - b.mail.copy);
    if (rows.length === 0) return undefined;
    return {
      subject: rows.findLast(({ sealed }) => sealed)?.sealed?.subject,
      outcomes: rows.map((row) => this.ledger.outcomeOf(row)),
      attempts: rows.flatMap(({ history }) => history),
    };
  }
}

function record(
  row: Row,
  state: AttemptRecord['state'],
  reply: Reply,
  startedAt: number,
  endedAt: number,
): void {
  const attempt: AttemptRecord = {
    copy: row.mail.copy,
    attempt: row.attempts,
    startedAt: new Date(startedAt),
    endedAt: new Date(endedAt),
    state,
    serverKey: row.sealed?.serverKey,
    reply,
  };
  const at = row.history.findIndex((one) => one.attempt === attempt.attempt);
  if (at < 0) row.history.push(attempt);
  else row.history[at] = { ...attempt, startedAt: row.history[at]!.startedAt };
}

function claimedFrom(row: Row, attemptToken: string, now: number): ClaimedMail {
  const { mail } = row;
  const sealed = row.sealed!;
  const { sizeBytes } = sealed;
  return {
    messageId: mail.messageId,
    copy: mail.copy,
    tenantId: mail.tenantId,
    runId: mail.runId,
    round: mail.round,
    mode: mail.mode,
    serverKey: sealed.serverKey,
    fromKey: sealed.fromKey,
    inDoubtPolicy: sealed.inDoubtPolicy,
    envelopeFrom: sealed.envelopeFrom,
    messageIdHeader: sealed.messageIdHeader,
    sizeBytes,
    bytes: bytesOf(sealed),
    recipients: row.recipients,
    attemptToken,
    attempts: row.attempts,
    retries: row.retries,
    sinceFirstTryMs: row.attempts === 0 ? 0 : now - (row.history[0]?.startedAt.getTime() ?? now),
    mayHaveLeft: row.history.some(({ state }) => state === 'uncertain'),
    giveUpAfterMs: (sealed.giveUpAfterHours ?? defaultGiveUpAfterHours) * 3_600_000,
    ...(mail.traceparent === undefined ? {} : { traceparent: mail.traceparent }),
  };
}

const bytesOf = ({ bytes, sha256, sizeBytes }: SealedMail): SealedBytes =>
  'inline' in bytes ? bytes : { blob: { key: bytes.blobKey, sha256, sizeBytes } };
