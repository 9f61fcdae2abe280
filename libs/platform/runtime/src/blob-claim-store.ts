import { createHash, randomUUID } from 'node:crypto';
import type { BlobRef } from '@mailrun/contracts';
import { BlobStore } from '@mailrun/platform-blobs';
import { ClaimStore } from '@mailrun/platform-messaging';

/** Below it, a folder for each day. */
export const claimsFolder = 'bus';

/** More than any record's body may have. */
const maxBytes = 64 * 1024 * 1024;

/** Bodies that are too large for a record, in the blob store, below the day on which they were put (a sweep needs it). */
export class BlobClaimStore extends ClaimStore {
  constructor(private readonly blobs: BlobStore) {
    super();
  }

  put(bytes: Uint8Array): Promise<BlobRef> {
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const day = new Date().toISOString().slice(0, 10);
    return this.blobs.put(`${claimsFolder}/${day}/${randomUUID()}-${sha256}`, content, { sha256 });
  }

  get(ref: BlobRef): Promise<Uint8Array> {
    return this.blobs.get(ref, { maxBytes });
  }
}
