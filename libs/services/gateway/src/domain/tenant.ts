import type { Mode } from '@mailrun/contracts';

/** One billing company. Made in mode `test`. */
export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly mode: Mode;
  /** Grows with each change of the mode: other services apply only a greater one. */
  readonly modeRevision: number;
  readonly testAddresses: readonly string[];
  readonly allowedBccDomains: readonly string[];
  readonly locale: string;
  readonly timeZone: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a tenant may change of itself. */
export type TenantSettings = Pick<
  Tenant,
  'name' | 'mode' | 'testAddresses' | 'allowedBccDomains' | 'locale' | 'timeZone'
>;
