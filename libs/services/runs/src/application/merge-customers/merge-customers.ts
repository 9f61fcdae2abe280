import { Injectable } from '@nestjs/common';
import type { FieldError } from '@mailrun/platform-errors';
import type { Transaction } from '@mailrun/platform-persistence';
import {
  mergeCustomer,
  mergePasswords,
  type Customer,
  type CustomerChange,
  type PasswordChange,
} from '../../domain/billing/customer.js';
import { refused, type Merge } from '../../domain/billing/merge.js';
import { unknownCluster } from '../../domain/billing/refusals.js';
import { isSameJson } from '../../domain/billing/json-content.js';
import { uuidV7 } from '../../domain/uuid-v7.js';
import { BillingLocks } from '../ports/billing-locks.port.js';
import { CustomerClusterStore } from '../ports/customer-cluster-store.port.js';
import { CustomerStore } from '../ports/customer-store.port.js';
import { KnownKeys, type KnownKeySets } from '../ports/known-keys.port.js';
import { CustomerPasswords } from './customer-passwords.js';

export interface CustomerInput {
  readonly change: CustomerChange;
  readonly passwords?: PasswordChange | undefined;
}

interface Entry {
  readonly id: string;
  readonly isNew: boolean;
  value: Customer | undefined;
  writesEmails: boolean;
  /** In the clear; undefined for one that can't be opened. */
  readonly passwords: Map<string, string | undefined>;
}

/** Merges changes of customers into what is stored, in their order, in a few statements. */
@Injectable()
export class MergeCustomers {
  constructor(
    private readonly locks: BillingLocks,
    private readonly clusters: CustomerClusterStore,
    private readonly customers: CustomerStore,
    private readonly keys: KnownKeys,
    private readonly passwords: CustomerPasswords,
  ) {}

  /** Asks for the keys that the changes use, and returns the work of a transaction: none is open while asking. */
  async prepare(
    tenantId: string,
    inputs: readonly CustomerInput[],
  ): Promise<(tx: Transaction) => Promise<Merge<Customer>[]>> {
    const keys = await this.keys.lookUp(tenantId, {
      recipientKeys: inputs.flatMap(({ change }) => Object.keys(change.emails ?? {})),
      passwordKeys: inputs.flatMap(({ passwords }) => Object.keys(passwords?.values ?? {})),
    });
    return (tx) => this.merge(tx, tenantId, inputs, keys);
  }

  private async merge(
    tx: Transaction,
    tenantId: string,
    inputs: readonly CustomerInput[],
    keys: KnownKeySets,
  ): Promise<Merge<Customer>[]> {
    await this.locks.take(tx, tenantId, 'customers');
    const clusterIds = await this.clusters.findIds(
      tx,
      tenantId,
      inputs.flatMap(({ change }) => change.clusterCode ?? []),
    );
    const entries = await this.read(tx, tenantId, inputs);
    const changed = new Set<Entry>();
    const passwordWrites = new Map<string, { entry: Entry; passwordKey: string; password: string | null }>();
    const merges = inputs.map(({ change, passwords }): Merge<Customer> => {
      const { code, clusterCode } = change;
      const entry = entries.get(code);
      const faults = unknownKeys(entry, change, passwords, keys);
      if (clusterCode !== undefined && !clusterIds.has(clusterCode)) {
        faults.push(unknownCluster('/clusterCode', clusterCode));
      }
      const merge = mergeCustomer(entry?.value, change);
      if (merge.outcome === 'refused') return refused(...merge.faults, ...faults);
      if (faults.length > 0) return refused(...faults);
      const target = entry ?? newEntry();
      entries.set(code, target);
      const { set, removed } = mergePasswords(target.passwords, passwords ?? { values: {}, replaces: false });
      const isSame = merge.outcome === 'unchanged' && set.size === 0 && removed.length === 0;
      if (isSame) return merge;
      target.writesEmails ||= !isSameJson(target.value?.emails ?? {}, merge.value.emails);
      target.value = merge.value;
      for (const [passwordKey, password] of [...set, ...removed.map((key) => [key, null] as const)]) {
        if (password === null) target.passwords.delete(passwordKey);
        else target.passwords.set(passwordKey, password);
        passwordWrites.set(`${target.id} ${passwordKey}`, { entry: target, passwordKey, password });
      }
      changed.add(target);
      return merge.outcome === 'unchanged' ? { outcome: 'updated', value: merge.value } : merge;
    });
    await this.write(tx, tenantId, changed, clusterIds);
    await this.customers.writePasswords(
      tx,
      tenantId,
      [...passwordWrites.values()].map(({ entry, passwordKey, password }) => ({
        customerId: entry.id,
        passwordKey,
        sealed: password === null ? null : this.passwords.seal(tenantId, entry.id, password),
      })),
    );
    return merges;
  }

  private async read(
    tx: Transaction,
    tenantId: string,
    inputs: readonly CustomerInput[],
  ): Promise<Map<string, Entry>> {
    const stored = await this.customers.find(
      tx,
      tenantId,
      inputs.map(({ change }) => change.code),
    );
    return new Map(
      stored.map(({ id, passwords, ...value }) => {
        const opened = [...passwords].map(
          ([key, sealed]) => [key, this.passwords.open(tenantId, id, sealed)] as const,
        );
        return [value.code, { id, isNew: false, value, writesEmails: false, passwords: new Map(opened) }];
      }),
    );
  }

  private async write(
    tx: Transaction,
    tenantId: string,
    changed: ReadonlySet<Entry>,
    clusterIds: ReadonlyMap<string, string>,
  ): Promise<void> {
    const values = [...changed].map(({ id, isNew, value, writesEmails }) => {
      return { id, isNew, customer: value!, clusterId: clusterIds.get(value!.clusterCode), writesEmails };
    });
    // Customers whose cluster was not named in the batch keep the one that they have.
    const others = await this.clusters.findIds(
      tx,
      tenantId,
      values.flatMap(({ clusterId, customer }) => (clusterId === undefined ? [customer.clusterCode] : [])),
    );
    const writes = values.map((write) => ({
      ...write,
      clusterId: write.clusterId ?? others.get(write.customer.clusterCode)!,
    }));
    await this.customers.insert(
      tx,
      tenantId,
      writes.filter(({ isNew }) => isNew),
    );
    await this.customers.update(
      tx,
      tenantId,
      writes.filter(({ isNew }) => !isNew),
    );
  }
}

const newEntry = (): Entry => ({
  id: uuidV7(),
  isNew: true,
  value: undefined,
  writesEmails: false,
  passwords: new Map(),
});

/** A key that the customer has already may be put back, also when the configuration lost it meanwhile. */
function unknownKeys(
  entry: Entry | undefined,
  change: CustomerChange,
  passwords: PasswordChange | undefined,
  keys: KnownKeySets,
): FieldError[] {
  const faults: FieldError[] = [];
  for (const key of Object.keys(change.emails ?? {})) {
    if (keys.recipientKeys.has(key) || entry?.value?.emails[key] !== undefined) continue;
    faults.push({
      pointer: `/emails/${key}`,
      code: 'recipient-key.unknown',
      detail: `There is no recipient key '${key}'. Make it first.`,
    });
  }
  for (const key of Object.keys(passwords?.values ?? {})) {
    if (keys.passwordKeys.has(key) || entry?.passwords.has(key)) continue;
    faults.push({
      pointer: `/passwords/${key}`,
      code: 'password-key.unknown',
      detail: `There is no password key '${key}'. Make it first.`,
    });
  }
  return faults;
}
