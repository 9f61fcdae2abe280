import { Injectable } from '@nestjs/common';
import type { Customer } from '@mailrun/contracts';
import { Database, recordAudit, type ActContext } from '@mailrun/platform-persistence';
import { customerHasInvoices, customerNotFound } from '../../domain/billing/refusals.js';
import { BillingLocks } from '../ports/billing-locks.port.js';
import { CustomerReads } from '../ports/customer-reads.port.js';
import { CustomerStore } from '../ports/customer-store.port.js';

/** Removes a customer without invoices, with its addresses and passwords. */
@Injectable()
export class DeleteCustomer {
  constructor(
    private readonly database: Database,
    private readonly locks: BillingLocks,
    private readonly customers: CustomerStore,
    private readonly reads: CustomerReads,
  ) {}

  /** @param check throws when what is stored is not what the caller expects */
  execute(context: ActContext, code: string, check: (stored: Customer) => void): Promise<void> {
    const { tenantId } = context;
    return this.database.inTenant(tenantId, async (tx) => {
      await this.locks.take(tx, tenantId, 'customers');
      const before = await this.reads.find(tx, tenantId, code);
      if (before === undefined) throw customerNotFound(code);
      check(before);
      if (!(await this.customers.remove(tx, tenantId, code))) throw customerHasInvoices(code);
      await recordAudit(tx, context, { action: 'customer.removed', subject: `customer/${code}`, before });
    });
  }
}
