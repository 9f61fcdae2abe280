import { Injectable } from '@nestjs/common';
import type { Invoice } from '@mailrun/contracts';
import { Database, type ActContext } from '@mailrun/platform-persistence';
import type { InvoiceChange } from '../../domain/billing/invoice.js';
import { refusalOf } from '../../domain/billing/refusals.js';
import { MergeInvoices } from '../merge-invoices/merge-invoices.js';
import { BillingLocks } from '../ports/billing-locks.port.js';
import { InvoiceReads } from '../ports/invoice-reads.port.js';

/** Makes or changes an invoice. Its changes are data, as those of an import, and not in the audit log. */
@Injectable()
export class PutInvoice {
  constructor(
    private readonly database: Database,
    private readonly locks: BillingLocks,
    private readonly mergeInvoices: MergeInvoices,
    private readonly invoices: InvoiceReads,
  ) {}

  /** @param check throws when what is stored is not what the caller expects */
  execute(
    { tenantId }: ActContext,
    change: InvoiceChange,
    check: (stored: Invoice | undefined) => void,
  ): Promise<Invoice> {
    return this.database.inTenant(tenantId, async (tx) => {
      await this.locks.take(tx, tenantId, 'invoices');
      check(await this.invoices.find(tx, tenantId, change.code));
      const [merge] = await this.mergeInvoices.merge(tx, tenantId, [change]);
      if (merge?.outcome === 'refused') throw refusalOf(merge.faults);
      return (await this.invoices.find(tx, tenantId, change.code))!;
    });
  }
}
