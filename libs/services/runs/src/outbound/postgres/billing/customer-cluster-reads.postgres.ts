import { Injectable } from '@nestjs/common';
import type { CustomerCluster } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import { CustomerClusterReads } from '../../../application/ports/customer-cluster-reads.port.js';
import { versionedOf, type VersionedRow } from './versioned.row.js';

interface Row extends VersionedRow {
  code: string;
  name: string;
  parent_code: string | null;
}

const select = `select c.code, c.name, parent.code as parent_code, c.version, c.created_at, c.updated_at
  from customer_clusters c left join customer_clusters parent on parent.id = c.parent_id`;

@Injectable()
export class PostgresCustomerClusterReads extends CustomerClusterReads {
  override async find(tx: Transaction, tenantId: string, code: string): Promise<CustomerCluster | undefined> {
    const [row] = await tx.query<Row>(`${select} where c.tenant_id = $1 and c.code = $2`, [tenantId, code]);
    return row && clusterOf(row);
  }

  override async list(
    tx: Transaction,
    tenantId: string,
    { limit, after, parentCode }: Parameters<CustomerClusterReads['list']>[2],
  ): Promise<CustomerCluster[]> {
    const rows = await tx.query<Row>(
      `${select} where c.tenant_id = $1 and ($2::text is null or c.code > $2) and ($3::text is null or parent.code = $3)
       order by c.code limit $4`,
      [tenantId, after ?? null, parentCode ?? null, limit + 1],
    );
    return rows.map(clusterOf);
  }
}

const clusterOf = (row: Row): CustomerCluster => ({
  code: row.code,
  name: row.name,
  parentCode: row.parent_code,
  ...versionedOf(row),
});
