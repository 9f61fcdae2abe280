import { createHash } from 'node:crypto';
import type { BlobRef } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import { ClaimStore } from './claim-store.port.js';

/** Keeps claims in memory. For tests. */
export class InMemoryClaimStore extends ClaimStore {
  readonly claims = new Map<string, Uint8Array>();

  override async put(bytes: Uint8Array): Promise<BlobRef> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const key = `claims/${sha256}`;
    this.claims.set(key, bytes);
    return { key, sha256, sizeBytes: bytes.byteLength };
  }

  override async get(ref: BlobRef): Promise<Uint8Array> {
    const bytes = this.claims.get(ref.key);
    if (bytes === undefined)
      throw new Refusal('not-found', 'blobs.not-found', `There is no blob ${ref.key}.`);
    return bytes;
  }
}
