import { randomUUID } from 'node:crypto';
import pg from 'pg';

/** A mail of the {@link PlainLedger}. */
export interface PlainMail {
  readonly id: string;
  readonly token: string;
  readonly sender: string;
  readonly recipient: string;
  readonly bytes: Buffer;
}

export interface PlainCommit {
  readonly sent: readonly { readonly mail: PlainMail; readonly reply: string }[];
  readonly next: readonly PlainMail[];
  /** Of mails whose outcomes were published. */
  readonly told: readonly string[];
}

/**
 * The least that a durable row for every mail can cost: one table and an outbox, without tenants, gates, modes,
 * partitions, recipients or a history of attempts. Claims by token and lease, marks before a mail leaves, settles and
 * enters the outcome into the outbox; the same group commit as the dispatcher's.
 */
export class PlainLedger {
  private readonly pool: pg.Pool;

  private constructor(url: string) {
    this.pool = new pg.Pool({ connectionString: url, max: 4 });
    // The server may end before the pool's idle connections have.
    this.pool.on('error', () => undefined);
  }

  static async create(url: string): Promise<PlainLedger> {
    const ledger = new PlainLedger(url);
    await ledger.pool.query(
      `create table plain_mails (id uuid primary key, state text not null, due_at timestamptz, lease_until timestamptz,
         token uuid, attempts int not null default 0, sender text not null, recipient text not null, reply text,
         updated_at timestamptz not null default now(), bytes bytea not null) with (fillfactor = 50);
       create index on plain_mails (due_at) where due_at is not null;
       create table plain_outbox (id uuid primary key);`,
    );
    return ledger;
  }

  async fill(mails: number, mail: Omit<PlainMail, 'id' | 'token'>): Promise<void> {
    await this.pool.query(
      `insert into plain_mails (id, state, due_at, sender, recipient, bytes)
       select gen_random_uuid(), 'accepted', now(), $2, $3, $4 from generate_series(1, $1)`,
      [mails, mail.sender, mail.recipient, mail.bytes],
    );
    await this.pool.query('analyze plain_mails');
  }

  async claim(limit: number): Promise<PlainMail[]> {
    const token = randomUUID();
    const { rows } = await this.pool.query<Omit<PlainMail, 'token'>>({
      name: 'claim',
      text: `update plain_mails set state = 'claimed', due_at = null, lease_until = now() + interval '15 s', token = $2
         where id = any(array(select id from plain_mails where due_at <= now() order by due_at limit $1
           for update skip locked))
         returning id, sender, recipient, bytes`,
      values: [limit, token],
    });
    return rows.map((row) => ({ ...row, token }));
  }

  /** Answers the ids of those of `next` that may leave. */
  async commit({ sent, next, told }: PlainCommit): Promise<Set<string>> {
    const { rows } = await this.pool.query<{ id: string }>({
      name: 'commit',
      text: `with settled as (
           update plain_mails m set state = 'sent', lease_until = null, reply = s.reply, updated_at = now()
           from unnest($1::uuid[], $2::uuid[], $3::text[]) as s(id, token, reply)
           where m.id = s.id and m.token = s.token and m.state = 'transmitting' returning m.id
         ), untold as (
           insert into plain_outbox select id from settled
         ), told as (
           delete from plain_outbox where id = any($6::uuid[])
         )
         update plain_mails m set state = 'transmitting', attempts = attempts + 1, updated_at = now()
         from unnest($4::uuid[], $5::uuid[]) as n(id, token)
         where m.id = n.id and m.token = n.token and m.state = 'claimed' and m.lease_until > now() returning m.id`,
      values: [
        sent.map(({ mail }) => mail.id),
        sent.map(({ mail }) => mail.token),
        sent.map(({ reply }) => reply),
        next.map(({ id }) => id),
        next.map(({ token }) => token),
        told,
      ],
    });
    return new Set(rows.map(({ id }) => id));
  }

  async drop(): Promise<void> {
    await this.pool.query('drop table plain_mails, plain_outbox');
    await this.pool.end();
  }
}
