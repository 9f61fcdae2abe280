import { Injectable } from '@nestjs/common';
import type { Customer } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import { CustomerReads } from '../../../application/ports/customer-reads.port.js';
import { customerEmails } from './customer.sql.js';
import { versionedOf, type VersionedRow } from './versioned.row.js';

interface Row extends VersionedRow {
  code: string;
  name: string;
  cluster_code: string;
  locale: string | null;
  time_zone: string | null;
  metadata: Record<string, unknown>;
  suspended: boolean;
  emails: Customer['emails'];
  password_keys: string[];
}

const columns = `c.code, c.name, cl.code as cluster_code, c.locale, c.time_zone, c.metadata, c.suspended,
  c.version, c.created_at, c.updated_at, ${customerEmails} as emails,
  array(select password_key from customer_passwords p where p.customer_id = c.id order by password_key) as password_keys`;

@Injectable()
export class PostgresCustomerReads extends CustomerReads {
  override async find(tx: Transaction, tenantId: string, code: string): Promise<Customer | undefined> {
    const [row] = await tx.query<Row>(
      `select ${columns} from customers c join customer_clusters cl on cl.id = c.cluster_id
       where c.tenant_id = $1 and c.code = $2`,
      [tenantId, code],
    );
    return row && customerOf(row);
  }

  override async list(
    tx: Transaction,
    tenantId: string,
    { limit, after, filter }: Parameters<CustomerReads['list']>[2],
  ): Promise<Customer[]> {
    const values: unknown[] = [tenantId, limit + 1];
    const value = (given: unknown) => `$${values.push(given)}`;
    const conditions = ['c.tenant_id = $1'];
    if (after !== undefined) conditions.push(`c.code > ${value(after)}`);
    if (filter.suspended !== undefined) conditions.push(`c.suspended = ${value(filter.suspended)}`);
    if (filter.clusterCode !== undefined) conditions.push('c.cluster_id in (select id from branch)');
    if (filter.search !== undefined) {
      const part = value(`%${filter.search.replaceAll(/[\\%_]/g, '\\$&')}%`);
      conditions.push(`(c.code ilike ${part} or c.name ilike ${part} or exists (
        select from customer_emails e where e.customer_id = c.id and lower(e.address) = lower(${value(filter.search)})))`);
    }
    const branch =
      filter.clusterCode === undefined
        ? ''
        : `with recursive branch as (
             select id from customer_clusters where tenant_id = $1 and code = ${value(filter.clusterCode)}
             union
             select child.id from branch join customer_clusters child on child.parent_id = branch.id
             where ${value(filter.withDescendants ?? false)}::boolean)`;
    const rows = await tx.query<Row>(
      `${branch} select ${columns} from customers c join customer_clusters cl on cl.id = c.cluster_id
       where ${conditions.join(' and ')} order by c.code limit $2`,
      values,
    );
    return rows.map(customerOf);
  }
}

const customerOf = (row: Row): Customer => ({
  code: row.code,
  name: row.name,
  clusterCode: row.cluster_code,
  locale: row.locale,
  timeZone: row.time_zone,
  metadata: row.metadata,
  suspended: row.suspended,
  emails: row.emails,
  passwordKeys: row.password_keys,
  ...versionedOf(row),
});
