import type { SealedSecret } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import type { Customer } from '../../domain/billing/customer.js';

export interface StoredCustomer extends Customer {
  readonly id: string;
  /** By password key. */
  readonly passwords: ReadonlyMap<string, SealedSecret>;
}

export interface CustomerWrite {
  readonly id: string;
  readonly customer: Customer;
  readonly clusterId: string;
  /** Addresses replace those that are there. */
  readonly writesEmails: boolean;
}

export interface PasswordWrite {
  readonly customerId: string;
  readonly passwordKey: string;
  /** Null removes. */
  readonly sealed: SealedSecret | null;
}

export abstract class CustomerStore {
  abstract find(tx: Transaction, tenantId: string, codes: readonly string[]): Promise<StoredCustomer[]>;

  /** Ids by code, kept from being removed until the transaction ends. */
  abstract findIds(
    tx: Transaction,
    tenantId: string,
    codes: readonly string[],
  ): Promise<ReadonlyMap<string, string>>;

  abstract insert(tx: Transaction, tenantId: string, customers: readonly CustomerWrite[]): Promise<void>;
  abstract update(tx: Transaction, tenantId: string, customers: readonly CustomerWrite[]): Promise<void>;
  abstract writePasswords(
    tx: Transaction,
    tenantId: string,
    passwords: readonly PasswordWrite[],
  ): Promise<void>;

  /** False when invoices (or mails) name it. */
  abstract remove(tx: Transaction, tenantId: string, code: string): Promise<boolean>;
}
