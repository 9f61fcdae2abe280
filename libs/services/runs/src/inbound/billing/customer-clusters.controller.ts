import { Controller } from '@nestjs/common';
import {
  deleteCustomerCluster,
  getCustomerCluster,
  listCustomerClusters,
  listCustomersOfCluster,
  putCustomerCluster,
} from '@mailrun/contracts';
import { Serves, checkIfMatch, type Call, type HttpAnswer } from '@mailrun/platform-http';
import { Database } from '@mailrun/platform-persistence';
import { DeleteCustomerCluster } from '../../application/delete-customer-cluster/delete-customer-cluster.use-case.js';
import { CustomerClusterReads } from '../../application/ports/customer-cluster-reads.port.js';
import { CustomerReads } from '../../application/ports/customer-reads.port.js';
import { PutCustomerCluster } from '../../application/put-customer-cluster/put-customer-cluster.use-case.js';
import { clusterNotFound } from '../../domain/billing/refusals.js';
import { afterCode, pageByCode } from './page-by-code.js';
import { checkPut } from './check-put.js';

@Controller()
export class CustomerClustersController {
  constructor(
    private readonly database: Database,
    private readonly clusters: CustomerClusterReads,
    private readonly customers: CustomerReads,
    private readonly putCluster: PutCustomerCluster,
    private readonly deleteCluster: DeleteCustomerCluster,
  ) {}

  @Serves(listCustomerClusters)
  async list({ context: { tenantId }, query }: Call<typeof listCustomerClusters>): Promise<HttpAnswer> {
    const page = { limit: query.limit, after: afterCode(query.cursor), parentCode: query.parent };
    const rows = await this.database.inTenant(tenantId, (tx) => this.clusters.list(tx, tenantId, page));
    return { body: pageByCode(rows, query.limit) };
  }

  @Serves(getCustomerCluster)
  async get({ context: { tenantId }, params }: Call<typeof getCustomerCluster>): Promise<HttpAnswer> {
    const cluster = await this.database.inTenant(tenantId, (tx) =>
      this.clusters.find(tx, tenantId, params.code),
    );
    if (cluster === undefined) throw clusterNotFound(params.code);
    return { body: cluster, version: cluster.version };
  }

  @Serves(putCustomerCluster)
  async put(call: Call<typeof putCustomerCluster>): Promise<HttpAnswer> {
    const { context, params, body } = call;
    const change = { code: params.code, name: body.name, parentCode: body.parentCode ?? null };
    const cluster = await this.putCluster.execute(context, change, checkPut(putCustomerCluster, call, []));
    return { body: cluster, version: cluster.version };
  }

  @Serves(deleteCustomerCluster)
  async delete({ context, params, ifMatch }: Call<typeof deleteCustomerCluster>): Promise<HttpAnswer> {
    await this.deleteCluster.execute(context, params.code, ({ version }) =>
      checkIfMatch(deleteCustomerCluster, ifMatch, version),
    );
    return {};
  }

  @Serves(listCustomersOfCluster)
  async listCustomers({
    context: { tenantId },
    params,
    query,
  }: Call<typeof listCustomersOfCluster>): Promise<HttpAnswer> {
    const filter = { clusterCode: params.code, withDescendants: query.descendants };
    const page = { limit: query.limit, after: afterCode(query.cursor), filter };
    const rows = await this.database.inTenant(tenantId, async (tx) => {
      const cluster = await this.clusters.find(tx, tenantId, params.code);
      if (cluster === undefined) throw clusterNotFound(params.code);
      return this.customers.list(tx, tenantId, page);
    });
    return { body: pageByCode(rows, query.limit) };
  }
}
