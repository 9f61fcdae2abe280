import { Injectable } from '@nestjs/common';
import type { Transaction } from '@mailrun/platform-persistence';
import {
  CustomerClusterStore,
  type ClusterWrite,
  type StoredCluster,
} from '../../../application/ports/customer-cluster-store.port.js';

@Injectable()
export class PostgresCustomerClusterStore extends CustomerClusterStore {
  override async findWithAncestors(
    tx: Transaction,
    tenantId: string,
    codes: readonly string[],
  ): Promise<StoredCluster[]> {
    const rows = await tx.query<{ id: string; parent_id: string | null; code: string; name: string }>(
      `with recursive up as (
         select id, parent_id, code, name from customer_clusters where tenant_id = $1 and code = any($2)
         union
         select parent.id, parent.parent_id, parent.code, parent.name
         from up join customer_clusters parent on parent.id = up.parent_id)
       select * from up`,
      [tenantId, codes],
    );
    const codeOf = new Map(rows.map(({ id, code }) => [id, code]));
    return rows.map(({ id, parent_id, code, name }) => {
      return { id, code, name, parentCode: parent_id === null ? null : codeOf.get(parent_id)! };
    });
  }

  override async findIds(
    tx: Transaction,
    tenantId: string,
    codes: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    if (codes.length === 0) return new Map();
    const rows = await tx.query<{ code: string; id: string }>(
      `select code, id from customer_clusters where tenant_id = $1 and code = any($2) for key share`,
      [tenantId, [...new Set(codes)]],
    );
    return new Map(rows.map(({ code, id }) => [code, id]));
  }

  override async insert(tx: Transaction, tenantId: string, clusters: readonly ClusterWrite[]): Promise<void> {
    if (clusters.length === 0) return;
    await tx.execute(
      `insert into customer_clusters (tenant_id, id, code, name, parent_id)
       select $1, id, code, name, "parentId"
       from jsonb_to_recordset($2) as x(id uuid, code text, name text, "parentId" uuid)`,
      [tenantId, JSON.stringify(clusters)],
    );
  }

  override async update(tx: Transaction, tenantId: string, clusters: readonly ClusterWrite[]): Promise<void> {
    if (clusters.length === 0) return;
    await tx.execute(
      `update customer_clusters as c set name = x.name, parent_id = x."parentId", version = version + 1, updated_at = now()
       from jsonb_to_recordset($2) as x(id uuid, name text, "parentId" uuid)
       where c.id = x.id and c.tenant_id = $1`,
      [tenantId, JSON.stringify(clusters)],
    );
  }

  override async isEmpty(tx: Transaction, tenantId: string, code: string): Promise<boolean> {
    const [row] = await tx.query<{ isEmpty: boolean }>(
      `select not exists (select from customers where cluster_id = c.id)
          and not exists (select from customer_clusters where parent_id = c.id) as "isEmpty"
       from customer_clusters c where tenant_id = $1 and code = $2`,
      [tenantId, code],
    );
    return row?.isEmpty ?? true;
  }

  override async remove(tx: Transaction, tenantId: string, code: string): Promise<void> {
    await tx.execute('delete from customer_clusters where tenant_id = $1 and code = $2', [tenantId, code]);
  }
}
