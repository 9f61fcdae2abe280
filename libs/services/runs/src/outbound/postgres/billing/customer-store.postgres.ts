import { Injectable } from '@nestjs/common';
import type { SealedSecret } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import {
  CustomerStore,
  type CustomerWrite,
  type PasswordWrite,
  type StoredCustomer,
} from '../../../application/ports/customer-store.port.js';
import { customerEmails } from './customer.sql.js';

@Injectable()
export class PostgresCustomerStore extends CustomerStore {
  override async find(
    tx: Transaction,
    tenantId: string,
    codes: readonly string[],
  ): Promise<StoredCustomer[]> {
    const rows = await tx.query<
      Omit<StoredCustomer, 'passwords'> & { passwords: Record<string, SealedSecret> | null }
    >(
      `select c.id, c.code, c.name, cl.code as "clusterCode", c.locale, c.time_zone as "timeZone", c.metadata, c.suspended,
         ${customerEmails} as emails,
         (select jsonb_object_agg(p.password_key, jsonb_build_object('keyId', p.key_id, 'ciphertext', p.ciphertext))
          from customer_passwords p where p.customer_id = c.id) as passwords
       from customers c join customer_clusters cl on cl.id = c.cluster_id
       where c.tenant_id = $1 and c.code = any($2)
       for no key update of c`,
      [tenantId, codes],
    );
    return rows.map(({ passwords, ...customer }) => ({
      ...customer,
      passwords: new Map(Object.entries(passwords ?? {})),
    }));
  }

  override async findIds(
    tx: Transaction,
    tenantId: string,
    codes: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    if (codes.length === 0) return new Map();
    const rows = await tx.query<{ code: string; id: string }>(
      `select code, id from customers where tenant_id = $1 and code = any($2) for key share`,
      [tenantId, [...new Set(codes)]],
    );
    return new Map(rows.map(({ code, id }) => [code, id]));
  }

  override async insert(tx: Transaction, tenantId: string, writes: readonly CustomerWrite[]): Promise<void> {
    if (writes.length === 0) return;
    await tx.execute(
      `insert into customers (tenant_id, id, code, name, cluster_id, locale, time_zone, metadata, suspended)
       select $1, id, code, name, "clusterId", locale, "timeZone", metadata, suspended
       from jsonb_to_recordset($2) as ${columns}`,
      [tenantId, JSON.stringify(writes.map(toRecord))],
    );
    await insertEmails(tx, tenantId, writes);
  }

  override async update(tx: Transaction, tenantId: string, writes: readonly CustomerWrite[]): Promise<void> {
    if (writes.length === 0) return;
    await tx.execute(
      `update customers as c set name = x.name, cluster_id = x."clusterId", locale = x.locale, time_zone = x."timeZone",
         metadata = x.metadata, suspended = x.suspended, version = version + 1, updated_at = now()
       from jsonb_to_recordset($2) as ${columns} where c.id = x.id and c.tenant_id = $1`,
      [tenantId, JSON.stringify(writes.map(toRecord))],
    );
    const withEmails = writes.filter(({ writesEmails }) => writesEmails);
    if (withEmails.length === 0) return;
    await tx.execute('delete from customer_emails where customer_id = any($1)', [
      withEmails.map(({ id }) => id),
    ]);
    await insertEmails(tx, tenantId, withEmails);
  }

  override async writePasswords(
    tx: Transaction,
    tenantId: string,
    writes: readonly PasswordWrite[],
  ): Promise<void> {
    const given = writes.filter(({ sealed }) => sealed !== null);
    const removed = writes.filter(({ sealed }) => sealed === null);
    if (given.length > 0) {
      await tx.execute(
        `insert into customer_passwords (tenant_id, customer_id, password_key, key_id, ciphertext)
         select $1, "customerId", "passwordKey", sealed->>'keyId', sealed->>'ciphertext'
         from jsonb_to_recordset($2) as x("customerId" uuid, "passwordKey" text, sealed jsonb)
         on conflict (customer_id, password_key) do update
           set key_id = excluded.key_id, ciphertext = excluded.ciphertext`,
        [tenantId, JSON.stringify(given)],
      );
    }
    if (removed.length > 0) {
      await tx.execute(
        `delete from customer_passwords
         where customer_id = any($1) and customer_id || ' ' || password_key = any($2)`,
        [
          removed.map(({ customerId }) => customerId),
          removed.map(({ customerId, passwordKey }) => `${customerId} ${passwordKey}`),
        ],
      );
    }
  }

  override async remove(tx: Transaction, tenantId: string, code: string): Promise<boolean> {
    const removed = await tx.execute(
      `delete from customers c where tenant_id = $1 and code = $2
         and not exists (select from invoices where customer_id = c.id)`,
      [tenantId, code],
    );
    return removed > 0;
  }
}

const columns = `x(id uuid, code text, name text, "clusterId" uuid, locale text, "timeZone" text, metadata jsonb, suspended boolean)`;

const toRecord = ({ id, clusterId, customer: { emails: _, ...customer } }: CustomerWrite) => ({
  id,
  clusterId,
  ...customer,
});

async function insertEmails(
  tx: Transaction,
  tenantId: string,
  writes: readonly CustomerWrite[],
): Promise<void> {
  const emails = writes.flatMap(({ id, customer }) =>
    Object.entries(customer.emails).flatMap(([key, list]) =>
      list.map((email, position) => ({ id, key, position, ...email })),
    ),
  );
  if (emails.length === 0) return;
  await tx.execute(
    `insert into customer_emails (tenant_id, customer_id, recipient_key, position, kind, address, name)
     select $1, id, key, position, kind, address, name
     from jsonb_to_recordset($2) as x(id uuid, key text, position int, kind text, address text, name text)`,
    [tenantId, JSON.stringify(emails)],
  );
}
