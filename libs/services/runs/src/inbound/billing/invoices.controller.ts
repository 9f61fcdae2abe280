import { Controller } from '@nestjs/common';
import { getInvoice, listInvoices, putInvoice, reopenInvoice } from '@mailrun/contracts';
import { Serves, type Call, type HttpAnswer } from '@mailrun/platform-http';
import { Database } from '@mailrun/platform-persistence';
import { InvoiceReads } from '../../application/ports/invoice-reads.port.js';
import { PutInvoice } from '../../application/put-invoice/put-invoice.use-case.js';
import { ReopenInvoice } from '../../application/reopen-invoice/reopen-invoice.use-case.js';
import { invoiceNotFound } from '../../domain/billing/refusals.js';
import { checkPut } from './check-put.js';
import { afterCode, pageByCode } from './page-by-code.js';

@Controller()
export class InvoicesController {
  constructor(
    private readonly database: Database,
    private readonly invoices: InvoiceReads,
    private readonly putInvoice: PutInvoice,
    private readonly reopenInvoice: ReopenInvoice,
  ) {}

  @Serves(listInvoices)
  async list({ context: { tenantId }, query }: Call<typeof listInvoices>): Promise<HttpAnswer> {
    const { customer, status, periodFrom, periodTo } = query;
    const filter = { customerCode: customer, status, periodFrom, periodTo };
    const page = { limit: query.limit, after: afterCode(query.cursor), filter };
    const rows = await this.database.inTenant(tenantId, (tx) => this.invoices.list(tx, tenantId, page));
    return { body: pageByCode(rows, query.limit) };
  }

  @Serves(getInvoice)
  async get({ context: { tenantId }, params }: Call<typeof getInvoice>): Promise<HttpAnswer> {
    const invoice = await this.database.inTenant(tenantId, (tx) =>
      this.invoices.find(tx, tenantId, params.code),
    );
    if (invoice === undefined) throw invoiceNotFound(params.code);
    return { body: invoice, version: invoice.version };
  }

  @Serves(putInvoice)
  async put(call: Call<typeof putInvoice>): Promise<HttpAnswer> {
    const { context, params, body } = call;
    const { customerCode, periodFirstDay, periodLastDay, status, currency, total } = body;
    const invoice = await this.putInvoice.execute(
      context,
      // A PUT is the whole invoice: what it leaves out is empty.
      {
        code: params.code,
        customerCode,
        periodFirstDay,
        periodLastDay,
        status,
        currency,
        total,
        number: body.number ?? null,
        issueDate: body.issueDate ?? null,
        data: body.data ?? {},
        mailedBefore: body.mailedBefore ?? false,
      },
      checkPut(putInvoice, call, ['revision']),
    );
    return { body: invoice, version: invoice.version };
  }

  @Serves(reopenInvoice)
  reopen({ context, params, body }: Call<typeof reopenInvoice>): Promise<HttpAnswer> {
    return this.reopenInvoice.execute(context, params.code, body.reason);
  }
}
