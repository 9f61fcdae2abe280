import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { InDoubtPolicy, Mode } from '@mailrun/contracts';
import { Database } from '@mailrun/platform-persistence';
import {
  MailQueue,
  type ClaimRequest,
  type Committed,
  type FinishedAttempt,
  type GroupCommit,
  type HeldMail,
  type Recovered,
  type WaitingRun,
} from '../../application/ports/mail-queue.port.js';
import { ModePolicy } from '../../application/ports/mode-policy.js';
import { copyStateOf, outcomeRecipients, type CopyOutcome } from '../../domain/copy-outcome.js';
import {
  keyOfMail,
  type ClaimedMail,
  type MailKey,
  type MailRecipient,
  type MailState,
  type SealedBytes,
} from '../../domain/mail.js';
import { claimMailsSql, putOffRunsSql } from './claim-mails.sql.js';
import { commitMailsAndRecipientsSql, commitMailsSql } from './commit-mails.sql.js';
import { among, givenToken } from './given-mails.sql.js';
import { isPaused } from './paused-servers.sql.js';
import { recipientFrom, type RecipientJson } from './mail.row.js';
import { forgetRunsSql, recoverTransmittingSql, returnClaimedSql } from './recover-mails.sql.js';
import { tenantsWithWork } from './tenants-with-work.js';

/** $1 tokens as an object by key · $3 message ids, $4 the first, $5 the last */
const isOurs = `${among('3', '4', '5')} and m.attempt_token = ${givenToken('1', 'm')}`;

/**
 * What a group commit has in its hands is left to the next renewal: waiting for each other's rows, the two would end in
 * a deadlock.
 */
const renewLeasesSql = `
with free as (
  select m.message_id, m.copy from mails m
  where ${isOurs} and m.state in ('claimed', 'transmitting') for update skip locked
)
update mails m set lease_until = now() + $2 * interval '1 ms'
where m.message_id = any((select array_agg(message_id) from free)::uuid[]) and m.message_id between $4::uuid and $5::uuid
  and (select jsonb_object_agg(message_id || '.' || copy, true) from free) ? (m.message_id || '.' || m.copy)`;

@Injectable()
export class PostgresMailQueue extends MailQueue {
  constructor(
    private readonly database: Database,
    private readonly modes: ModePolicy,
  ) {
    super();
  }

  waitingRuns(limit: number): Promise<WaitingRun[]> {
    return this.database.once<WaitingRun>(
      [],
      'waiting-runs',
      `select tenant_id as "tenantId", server_key as "serverKey", run_id as "runId" from waiting_runs w
       where next_due_at <= now() and not ${isPaused('w')} order by next_due_at limit $1`,
      [limit],
    );
  }

  async claim(requests: readonly ClaimRequest[], leaseMs: number): Promise<ClaimedMail[]> {
    if (requests.length === 0) return [];
    const token = randomUUID();
    const tenants = requests.map(({ tenantId }) => tenantId);
    const asked = requests.map(({ tenantId, serverKey, runId, limit }) => ({
      tenant_id: tenantId,
      server_key: serverKey,
      run_id: runId,
      n: limit,
    }));
    const rows = await this.database.once<ClaimedRow>(tenants, 'claim-mails', claimMailsSql, [
      JSON.stringify(asked),
      leaseMs,
      token,
      this.modes.onlyMode,
    ]);
    await this.putOff(requests, rows);
    return rows
      .toSorted((a, b) => a.created_at.getTime() - b.created_at.getTime())
      .map((row) => claimedFrom(row, token));
  }

  async commit({ finished, next, told }: GroupCommit): Promise<Committed> {
    const tenants = [...finished.map(({ mail }) => mail), ...next].map(({ tenantId }) => tenantId);
    const entry = randomUUID();
    const recipients = finished.flatMap(recipientsJson);
    const values = [
      byKey(finished.map((attempt) => [attempt.mail, finishedJson(attempt)])),
      ...bounded(finished.map(({ mail }) => mail)),
      byKey(next.map((mail) => [mail, mail.attemptToken])),
      ...bounded(next),
      told,
      entry,
      this.modes.onlyMode,
    ];
    const rows =
      recipients.length === 0
        ? await this.database.once<CommittedRow>(tenants, 'commit-mails', commitMailsSql, values)
        : await this.database.once<CommittedRow>(
            tenants,
            'commit-mails-and-recipients',
            commitMailsAndRecipientsSql,
            [...values, JSON.stringify(recipients)],
          );
    const attempts = new Map(finished.map((attempt) => [keyOfMail(attempt.mail), attempt]));
    const marked = new Set<string>();
    const outcomes: CopyOutcome[] = [];
    for (const row of rows) {
      const key = keyOfMail({ messageId: row.message_id, copy: row.copy });
      if (row.state === null) marked.add(key);
      else outcomes.push(settledOutcome(attempts.get(key)!, row));
    }
    return { marked, settled: outcomes.length === 0 ? undefined : { entry, outcomes } };
  }

  async giveBack(mails: readonly HeldMail[], delayMs: number): Promise<void> {
    await this.onHeld(
      'give-back',
      `update mails m
       set state = case when m.reply is null then 'accepted' else 'deferred' end, lease_until = null,
         attempts = m.attempts - case m.state when 'transmitting' then 1 else 0 end,
         attempt_token = null, due_at = now() + $2 * interval '1 ms'
       where ${isOurs} and m.state in ('claimed', 'transmitting')`,
      mails,
      delayMs,
    );
  }

  async renew(mails: readonly HeldMail[], leaseMs: number): Promise<void> {
    await this.onHeld('renew-leases', renewLeasesSql, mails, leaseMs);
  }

  async recover(repeatAfterMs: number): Promise<Recovered> {
    const ids = await tenantsWithWork(this.database);
    if (ids.length === 0) return { returned: 0, uncertain: 0 };
    return this.database.inTenants(ids, async (tx) => {
      const returned = await tx.execute(returnClaimedSql);
      const reply = {
        code: 'smtp.outcome-unknown',
        stage: 'after-dot',
        detail: 'The dispatcher ended while it sent this mail.',
      };
      const lost = await tx.query(recoverTransmittingSql, [JSON.stringify(reply), repeatAfterMs]);
      await tx.execute(forgetRunsSql, [ids]);
      return { returned, uncertain: lost.length };
    });
  }

  private async onHeld(name: string, sql: string, mails: readonly HeldMail[], ms: number): Promise<void> {
    if (mails.length === 0) return;
    await this.database.once(
      mails.map(({ tenantId }) => tenantId),
      name,
      sql,
      [byKey(mails.map((mail) => [mail, mail.attemptToken])), ms, ...bounded(mails)],
    );
  }

  private async putOff(requests: readonly ClaimRequest[], rows: readonly ClaimedRow[]): Promise<void> {
    const found = new Map<string, number>();
    for (const { run_id, server_key } of rows) {
      const key = `${run_id}/${server_key}`;
      found.set(key, (found.get(key) ?? 0) + 1);
    }
    const short = requests.flatMap(({ tenantId, serverKey, runId, limit }) => {
      const count = found.get(`${runId}/${serverKey}`) ?? 0;
      return count < limit
        ? [{ tenant_id: tenantId, server_key: serverKey, run_id: runId, found: count }]
        : [];
    });
    if (short.length === 0) return;
    const tenants = short.map(({ tenant_id }) => tenant_id);
    await this.database.once(tenants, 'put-off-runs', putOffRunsSql, [JSON.stringify(short)]);
  }
}

interface ClaimedRow {
  readonly tenant_id: string;
  readonly message_id: string;
  readonly copy: number;
  readonly run_id: string;
  readonly round: number;
  readonly mode: Mode;
  readonly server_key: string;
  readonly from_key: string;
  readonly in_doubt_policy: InDoubtPolicy;
  readonly attempts: number;
  readonly retries: number;
  readonly traceparent: string | null;
  readonly created_at: Date;
  /** Null when the first attempt was cleared away. */
  readonly since_first_try_ms: number | null;
  readonly may_have_left: boolean;
  readonly give_up_after_hours: number;
  readonly sha256: string;
  readonly size_bytes: number;
  readonly message_id_header: string;
  readonly envelope_from: string;
  readonly blob_key: string | null;
  readonly bytes_base64: string | null;
  readonly recipients: readonly RecipientJson[];
}

interface CommittedRow {
  readonly message_id: string;
  readonly copy: number;
  /** Null for a mail that was marked. */
  readonly state: MailState | null;
  readonly revision: number;
  readonly attempts: number;
  /** Null where nothing more is due. */
  readonly due_at: Date | null;
  readonly updated_at: Date;
}

function claimedFrom(row: ClaimedRow, token: string): ClaimedMail {
  const bytes: SealedBytes =
    row.blob_key === null
      ? { inline: Buffer.from(row.bytes_base64!, 'base64') }
      : { blob: { key: row.blob_key, sha256: row.sha256, sizeBytes: row.size_bytes } };
  return {
    messageId: row.message_id,
    copy: row.copy,
    tenantId: row.tenant_id,
    runId: row.run_id,
    round: row.round,
    mode: row.mode,
    serverKey: row.server_key,
    fromKey: row.from_key,
    inDoubtPolicy: row.in_doubt_policy,
    envelopeFrom: row.envelope_from,
    messageIdHeader: row.message_id_header,
    sizeBytes: row.size_bytes,
    bytes,
    recipients: row.recipients.map(recipientFrom),
    attemptToken: token,
    attempts: row.attempts,
    retries: row.retries,
    sinceFirstTryMs: row.since_first_try_ms ?? 0,
    mayHaveLeft: row.may_have_left,
    giveUpAfterMs: row.give_up_after_hours * 3_600_000,
    ...(row.traceparent === null ? {} : { traceparent: row.traceparent }),
  };
}

const finishedJson = ({ mail, settlement, elapsedMs }: FinishedAttempt) => ({
  token: mail.attemptToken,
  state: settlement.state,
  attempt: settlement.attemptState,
  delayMs: settlement.delayMs,
  elapsedMs,
  counts: settlement.counts ? 1 : 0,
  reply: settlement.reply,
});

/** An object by `message.copy`, in which a statement looks up what is meant for a row. */
const byKey = (entries: readonly (readonly [MailKey, unknown])[]): string =>
  JSON.stringify(Object.fromEntries(entries.map(([key, value]) => [keyOfMail(key), value])));

/** Message ids, with the first and the last of them. */
function bounded(mails: readonly MailKey[]): [string[], string | null, string | null] {
  const ids = mails.map(({ messageId }) => messageId).toSorted();
  return [ids, ids[0] ?? null, ids.at(-1) ?? null];
}

const recipientsJson = ({ mail, settlement }: FinishedAttempt) =>
  settlement.recipients.map(({ position, own }) => ({
    message_id: mail.messageId,
    copy: mail.copy,
    position,
    state: own.state,
    reply: own.reply,
  }));

function settledOutcome({ mail, settlement }: FinishedAttempt, row: CommittedRow): CopyOutcome {
  const own = new Map(settlement.recipients.map((recipient) => [recipient.position, recipient.own]));
  const recipients: MailRecipient[] = mail.recipients.map((recipient) => {
    const now = own.get(recipient.position);
    return now === undefined ? recipient : { ...recipient, own: now };
  });
  const state = copyStateOf(row.state!, true);
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
      at: row.updated_at.toISOString(),
      ...(state === 'deferred' && row.due_at ? { nextTryAt: row.due_at.toISOString() } : {}),
      attempts: row.attempts,
      serverKey: mail.serverKey,
      messageIdHeader: mail.messageIdHeader,
      sizeBytes: mail.sizeBytes,
      reply: settlement.reply,
      recipients: outcomeRecipients(row.state!, recipients),
    },
  };
}
