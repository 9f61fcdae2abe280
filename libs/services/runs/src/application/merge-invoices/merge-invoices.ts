import { Injectable } from '@nestjs/common';
import type { Transaction } from '@mailrun/platform-persistence';
import { mergeInvoice, type Invoice, type InvoiceChange } from '../../domain/billing/invoice.js';
import { refused, type Merge } from '../../domain/billing/merge.js';
import { unknownCustomer } from '../../domain/billing/refusals.js';
import { uuidV7 } from '../../domain/uuid-v7.js';
import { BillingLocks } from '../ports/billing-locks.port.js';
import { CustomerStore } from '../ports/customer-store.port.js';
import { InvoiceStore } from '../ports/invoice-store.port.js';

interface Entry {
  readonly id: string;
  readonly isNew: boolean;
  value: Invoice;
}

/** Merges changes of invoices into what is stored, in their order, in a few statements. */
@Injectable()
export class MergeInvoices {
  constructor(
    private readonly locks: BillingLocks,
    private readonly customers: CustomerStore,
    private readonly invoices: InvoiceStore,
  ) {}

  async merge(
    tx: Transaction,
    tenantId: string,
    changes: readonly InvoiceChange[],
  ): Promise<Merge<Invoice>[]> {
    await this.locks.take(tx, tenantId, 'invoices');
    const stored = await this.invoices.find(
      tx,
      tenantId,
      changes.map(({ code }) => code),
    );
    const entries = new Map<string, Entry>(
      stored.map(({ id, ...value }) => [value.code, { id, isNew: false, value }]),
    );
    const customerIds = await this.customers.findIds(tx, tenantId, [
      ...changes.flatMap(({ customerCode }) => customerCode ?? []),
      ...stored.map(({ customerCode }) => customerCode),
    ]);
    const changed = new Set<Entry>();
    const merges = changes.map((change): Merge<Invoice> => {
      const entry = entries.get(change.code);
      const merge = mergeInvoice(entry?.value, change);
      if (change.customerCode !== undefined && !customerIds.has(change.customerCode)) {
        const fault = unknownCustomer(change.customerCode);
        return merge.outcome === 'refused' ? refused(...merge.faults, fault) : refused(fault);
      }
      if (merge.outcome === 'created' || merge.outcome === 'updated') {
        const written = entry ?? { id: uuidV7(), isNew: true, value: merge.value };
        written.value = merge.value;
        entries.set(change.code, written);
        changed.add(written);
      }
      return merge;
    });
    const writes = [...changed].map(({ id, isNew, value }) => {
      return { id, isNew, invoice: value, customerId: customerIds.get(value.customerCode)! };
    });
    await this.invoices.insert(
      tx,
      tenantId,
      writes.filter(({ isNew }) => isNew),
    );
    await this.invoices.update(
      tx,
      tenantId,
      writes.filter(({ isNew }) => !isNew),
    );
    return merges;
  }
}
