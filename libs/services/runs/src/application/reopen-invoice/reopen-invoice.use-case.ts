import { Injectable } from '@nestjs/common';
import {
  Database,
  performAct,
  recordAudit,
  type ActContext,
  type Answer,
} from '@mailrun/platform-persistence';
import { reopened } from '../../domain/billing/invoice.js';
import { isStorable } from '../../domain/billing/json-content.js';
import { invoiceNotFound, reasonUnreadable } from '../../domain/billing/refusals.js';
import { BillingLocks } from '../ports/billing-locks.port.js';
import { InvoiceReads } from '../ports/invoice-reads.port.js';
import { InvoiceStore } from '../ports/invoice-store.port.js';

/** Starts the next revision of an approved invoice, for which documents of the earlier one count as absent. */
@Injectable()
export class ReopenInvoice {
  constructor(
    private readonly database: Database,
    private readonly locks: BillingLocks,
    private readonly invoices: InvoiceStore,
    private readonly reads: InvoiceReads,
  ) {}

  async execute(context: ActContext, code: string, reason: string): Promise<Answer> {
    const { tenantId } = context;
    if (!isStorable(reason)) throw reasonUnreadable();
    return performAct(this.database, context, 'reopenInvoice', { code, reason }, async (tx) => {
      await this.locks.take(tx, tenantId, 'invoices');
      const before = await this.invoices.lock(tx, tenantId, code);
      if (before === undefined) throw invoiceNotFound(code);
      const after = reopened(before);
      await this.invoices.writeState(tx, tenantId, after);
      await recordAudit(tx, context, {
        action: 'invoice.reopened',
        subject: `invoice/${code}`,
        before: { status: before.status, revision: before.revision },
        after: { status: after.status, revision: after.revision, reason },
      });
      const invoice = (await this.reads.find(tx, tenantId, code))!;
      return { status: 200, headers: { etag: `"${invoice.version}"` }, body: invoice };
    });
  }
}
