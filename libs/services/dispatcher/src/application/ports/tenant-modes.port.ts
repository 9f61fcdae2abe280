import type { Mode } from '@mailrun/contracts';

/** Modes of the tenants. One that was never told counts as `test`, as tenants are when created. */
export abstract class TenantModes {
  /** Keeps the mode when its revision is greater than the one known. */
  abstract put(tenantId: string, mode: Mode, revision: number): Promise<void>;
}
