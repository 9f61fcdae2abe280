import { Injectable } from '@nestjs/common';
import type { Customer } from '@mailrun/contracts';
import { Database, recordAudit, type ActContext } from '@mailrun/platform-persistence';
import { refusalOf } from '../../domain/billing/refusals.js';
import { MergeCustomers, type CustomerInput } from '../merge-customers/merge-customers.js';
import { BillingLocks } from '../ports/billing-locks.port.js';
import { CustomerReads } from '../ports/customer-reads.port.js';

/** Makes or changes a customer with its addresses and passwords. */
@Injectable()
export class PutCustomer {
  constructor(
    private readonly database: Database,
    private readonly locks: BillingLocks,
    private readonly mergeCustomers: MergeCustomers,
    private readonly customers: CustomerReads,
  ) {}

  /** @param check throws when what is stored is not what the caller expects */
  async execute(
    context: ActContext,
    input: CustomerInput,
    check: (stored: Customer | undefined) => void,
  ): Promise<Customer> {
    const { tenantId } = context;
    const { code } = input.change;
    const mergeIn = await this.mergeCustomers.prepare(tenantId, [input]);
    return this.database.inTenant(tenantId, async (tx) => {
      await this.locks.take(tx, tenantId, 'customers');
      const before = await this.customers.find(tx, tenantId, code);
      check(before);
      const [merge] = await mergeIn(tx);
      if (merge?.outcome === 'refused') throw refusalOf(merge.faults);
      const after = (await this.customers.find(tx, tenantId, code))!;
      if (merge?.outcome !== 'unchanged') {
        const action = `customer.${merge?.outcome}`;
        await recordAudit(tx, context, { action, subject: `customer/${code}`, before, after });
      }
      return after;
    });
  }
}
