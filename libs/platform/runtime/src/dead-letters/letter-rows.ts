import { replaysOf, type LetterChoice, type OpenLetter } from '@mailrun/platform-messaging';
import type { Database, Transaction } from '@mailrun/platform-persistence';

export interface LetterRow {
  readonly number: string;
  readonly topic: string;
  readonly service: string;
  readonly key: string;
  readonly headers: Record<string, string>;
  readonly family: 'refusal' | 'bug';
  readonly code: string;
  readonly detail: string;
  readonly tries: number;
  readonly failedAt: Date;
  readonly replayableUntil: Date;
  readonly isWaiting: boolean;
  readonly sizeBytes: number;
}

/** The number as text: order by `dead_letters.number`. */
export const letterColumns = `number::text, topic, service, key, headers, family, code, detail, tries, failed_at as "failedAt",
  replayable_until as "replayableUntil", replay_asked_at is not null and replayable_until > now() as "isWaiting",
  octet_length(value) as "sizeBytes"`;

export function letterOf(row: LetterRow): OpenLetter {
  const { number, family, code, detail, failedAt, ...rest } = row;
  return {
    ...rest,
    id: `${row.topic}/${number}`,
    reason: { family, code, detail },
    failedAt: failedAt.toISOString(),
    replays: replaysOf(row.headers),
  };
}

/** `note.v1/17`; undefined for what is no id. */
export function placeOf(id: string): { readonly topic: string; readonly number: string } | undefined {
  const [, topic, number] = /^([^/]+)\/(\d{1,18})$/.exec(id) ?? [];
  return topic === undefined ? undefined : { topic, number: number! };
}

/** The condition of a choice, with the values of $1 and $2; undefined for what is no id. */
export function whereOf(choice: LetterChoice) {
  const place = 'id' in choice ? placeOf(choice.id) : { topic: choice.topic ?? null, number: null };
  return (
    place && {
      sql: '($1::text is null or topic = $1) and ($2::bigint is null or number = $2)',
      values: [place.topic, place.number],
    }
  );
}

/** A transaction over every tenant that has letters: they are operators' business, across tenants. */
export async function inAllTenants<Result>(
  database: Database,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  const rows = await database.withoutTenant((tx) =>
    tx.query<{ id: string }>('select tenant_id as id from dead_letter_tenants'),
  );
  return database.inTenants(
    rows.map(({ id }) => id),
    work,
  );
}
