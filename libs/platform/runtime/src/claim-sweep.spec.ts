import { MemoryBlobStore } from '@mailrun/platform-blobs/testing';
import { BlobClaimStore } from './blob-claim-store.js';
import { sweepClaims } from './claim-sweep.js';

const dayMs = 24 * 60 * 60 * 1000;

describe('sweepClaims', () => {
  it('keeps what a living record may name, and removes what none can', async () => {
    const blobs = new MemoryBlobStore();
    const claims = new BlobClaimStore(blobs);
    const ref = await claims.put(Buffer.from('a large body'));
    await blobs.put('documents/x', Buffer.from('not a claim'));
    const now = Date.now();
    expect(await sweepClaims(blobs, new Date(now + 2 * dayMs))).toBe(0);
    expect(Buffer.from(await claims.get(ref)).toString()).toBe('a large body');
    expect(await sweepClaims(blobs, new Date(now + 5 * dayMs))).toBe(1);
    expect(await blobs.head(ref.key)).toBeUndefined();
    expect(await blobs.head('documents/x')).toBeDefined();
  });
});
