import type { BlobRef } from '@mailrun/contracts';
import { BlobError, type BlobStore } from '@mailrun/platform-blobs';
import type { Refusal } from '@mailrun/platform-errors';

/**
 * Bytes of the store with size and hash checked. Missing or damaged ones will never come back: they are refused.
 *
 * @throws Refusal the given one
 * @throws Outage when the store is away
 */
export async function readBlob(blobs: BlobStore, ref: BlobRef, refused: () => Refusal): Promise<Buffer> {
  try {
    return await blobs.get(ref, { maxBytes: ref.sizeBytes });
  } catch (error) {
    if (error instanceof BlobError) throw refused();
    throw error;
  }
}
