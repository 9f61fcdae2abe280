import { createHash } from 'node:crypto';
import { Refusal } from '@mailrun/platform-errors';
import type { Database, Transaction } from './database.js';

/** Who calls, and under which idempotency key. Travels with every call from the gateway. */
export interface ActContext {
  readonly tenantId: string;
  readonly apiKeyId?: string;
  /** The person on whose behalf a key with `act-for` calls. */
  readonly actor?: string;
  readonly idempotencyKey?: string;
}

/** What a public call answers. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON; left out for an answer without a body. */
  readonly body?: unknown;
}

/** One change of configuration or act on a run, for the audit log. Secrets are left out by the caller. */
export interface AuditEntry {
  /** For instance `message-run.started`. */
  readonly action: string;
  /** For instance `message-run/<id>`. */
  readonly subject: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Writes an audit entry in the transaction of the act itself. */
export async function recordAudit(tx: Transaction, context: ActContext, entry: AuditEntry): Promise<void> {
  await tx.execute(
    `insert into audit_entries (tenant_id, api_key_id, actor, action, subject, before, after)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      context.tenantId,
      context.apiKeyId ?? null,
      context.actor ?? null,
      entry.action,
      entry.subject,
      entry.before === undefined ? null : JSON.stringify(entry.before),
      entry.after === undefined ? null : JSON.stringify(entry.after),
    ],
  );
}

/**
 * One act of the public API as one transaction: the change, its idempotency key, its audit entry and its events
 * commit together. The same key with the same request gets the first answer again, with another request a
 * conflict. Without a key it is a plain transaction.
 *
 * @param route operation id of the call
 * @param request what was asked, as JSON: its hash tells whether a repeated key is the same call
 */
export async function performAct(
  database: Database,
  context: ActContext,
  route: string,
  request: unknown,
  work: (tx: Transaction) => Promise<Answer>,
): Promise<Answer> {
  const { tenantId, idempotencyKey: key } = context;
  if (key === undefined) return database.inTenant(tenantId, work);
  const hash = createHash('sha256')
    .update(JSON.stringify([route, request]) ?? '')
    .digest();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.inTenant(tenantId, async (tx) => {
        const earlier = await findAnswer(tx, tenantId, key, hash);
        if (earlier !== undefined) return earlier;
        const answer = await work(tx);
        await forgetOldAnswers(tx, tenantId);
        await tx.execute(
          `insert into idempotency_keys (tenant_id, key, route, request_hash, status, headers, body)
           values ($1, $2, $3, $4, $5, $6, $7)`,
          [
            tenantId,
            key,
            route,
            hash,
            answer.status,
            JSON.stringify(answer.headers ?? {}),
            JSON.stringify(answer.body ?? null),
          ],
        );
        return answer;
      });
    } catch (error) {
      // The same call, at the same time, was first: our work is rolled back, and its answer is ours.
      const isSameKey =
        (error as { code?: string; constraint?: string }).code === '23505' &&
        (error as { constraint?: string }).constraint === 'idempotency_keys_pkey';
      if (isSameKey && attempt === 1) continue;
      if (!(error instanceof Refusal)) throw error;
      // What refuses this call may be what the same call did a moment ago.
      const earlier = await database.inTenant(tenantId, (tx) => findAnswer(tx, tenantId, key, hash));
      if (earlier === undefined) throw error;
      return earlier;
    }
  }
}

/** A few at each act: more than come in. */
async function forgetOldAnswers(tx: Transaction, tenantId: string): Promise<void> {
  await tx.execute(
    `delete from idempotency_keys where tenant_id = $1 and key in (
       select key from idempotency_keys where tenant_id = $1 and created_at < now() - interval '24 hours'
       limit 100 for update skip locked)`,
    [tenantId],
  );
}

async function findAnswer(
  tx: Transaction,
  tenantId: string,
  key: string,
  hash: Buffer,
): Promise<Answer | undefined> {
  const [row] = await tx.query<{
    request_hash: Buffer;
    status: number;
    headers: Record<string, string>;
    body: string;
  }>(
    `select request_hash, status, headers, body from idempotency_keys
     where tenant_id = $1 and key = $2 and created_at > now() - interval '24 hours'`,
    [tenantId, key],
  );
  if (row === undefined) return undefined;
  if (!row.request_hash.equals(hash)) {
    throw new Refusal(
      'conflict',
      'idempotency-key.reused',
      'This Idempotency-Key was used for another request within the last 24 hours. Use a new key.',
    );
  }
  return { status: row.status, headers: row.headers, body: JSON.parse(row.body) as unknown };
}
