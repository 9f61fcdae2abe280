import { Controller } from '@nestjs/common';
import { deleteCustomer, getCustomer, listCustomers, putCustomer } from '@mailrun/contracts';
import { Serves, checkIfMatch, type Call, type HttpAnswer } from '@mailrun/platform-http';
import { Database } from '@mailrun/platform-persistence';
import { DeleteCustomer } from '../../application/delete-customer/delete-customer.use-case.js';
import { CustomerReads } from '../../application/ports/customer-reads.port.js';
import { PutCustomer } from '../../application/put-customer/put-customer.use-case.js';
import { customerNotFound } from '../../domain/billing/refusals.js';
import { checkPut } from './check-put.js';
import { afterCode, pageByCode } from './page-by-code.js';

@Controller()
export class CustomersController {
  constructor(
    private readonly database: Database,
    private readonly customers: CustomerReads,
    private readonly putCustomer: PutCustomer,
    private readonly deleteCustomer: DeleteCustomer,
  ) {}

  @Serves(listCustomers)
  async list({ context: { tenantId }, query }: Call<typeof listCustomers>): Promise<HttpAnswer> {
    const filter = { clusterCode: query.cluster, suspended: query.suspended, search: query.search };
    const page = { limit: query.limit, after: afterCode(query.cursor), filter };
    const rows = await this.database.inTenant(tenantId, (tx) => this.customers.list(tx, tenantId, page));
    return { body: pageByCode(rows, query.limit) };
  }

  @Serves(getCustomer)
  async get({ context: { tenantId }, params }: Call<typeof getCustomer>): Promise<HttpAnswer> {
    const customer = await this.database.inTenant(tenantId, (tx) =>
      this.customers.find(tx, tenantId, params.code),
    );
    if (customer === undefined) throw customerNotFound(params.code);
    return { body: customer, version: customer.version };
  }

  @Serves(putCustomer)
  async put(call: Call<typeof putCustomer>): Promise<HttpAnswer> {
    const { context, params, body } = call;
    const customer = await this.putCustomer.execute(
      context,
      {
        // A PUT is the whole customer: what it leaves out is empty. Passwords can't be read, so those stay.
        change: {
          code: params.code,
          name: body.name,
          clusterCode: body.clusterCode,
          locale: body.locale ?? null,
          timeZone: body.timeZone ?? null,
          metadata: body.metadata ?? {},
          suspended: body.suspended ?? false,
          emails: body.emails ?? {},
        },
        passwords: body.passwords && { values: body.passwords, replaces: false },
      },
      checkPut(putCustomer, call, ['passwordKeys']),
    );
    return { body: customer, version: customer.version };
  }

  @Serves(deleteCustomer)
  async delete({ context, params, ifMatch }: Call<typeof deleteCustomer>): Promise<HttpAnswer> {
    await this.deleteCustomer.execute(context, params.code, ({ version }) =>
      checkIfMatch(deleteCustomer, ifMatch, version),
    );
    return {};
  }
}
