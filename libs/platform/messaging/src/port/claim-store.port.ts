import type { BlobRef } from '@mailrun/contracts';

/**
 * Where bodies that are too large for a record are kept (claim check). The composition root lays it over the blob
 * store; what is put is needed for as long as a record lives (24 h), then swept.
 */
export abstract class ClaimStore {
  /** @throws Outage when the store is away */
  abstract put(bytes: Uint8Array): Promise<BlobRef>;

  /**
   * @throws Refusal when there are no such bytes
   * @throws Outage when the store is away
   */
  abstract get(ref: BlobRef): Promise<Uint8Array>;
}
