import type { BlobStore } from '@mailrun/platform-blobs';
import type { Logger } from '@mailrun/platform-telemetry';
import { claimsFolder } from './blob-claim-store.js';

const dayMs = 24 * 60 * 60 * 1000;
/** Longer than any record lives (24 h), whatever the time zone or clock of who wrote it. */
const keptMs = 3 * dayMs;

/** Removes bodies that travelled as claims three days ago. Several processes may do it at the same time. */
export async function sweepClaims(blobs: BlobStore, now: Date): Promise<number> {
  const oldest = new Date(now.getTime() - keptMs).toISOString().slice(0, 10);
  let removed = 0;
  let cursor: string | undefined;
  do {
    const page = await blobs.list(`${claimsFolder}/`, cursor === undefined ? {} : { cursor });
    for (const { key } of page.items) {
      const day = key.split('/')[1] ?? '';
      if (day >= oldest) continue;
      await blobs.delete(key);
      removed += 1;
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return removed;
}

/** Sweeps now and daily, until the returned function is called. */
export function startClaimSweep(blobs: BlobStore, logger: Logger): () => void {
  const sweep = () => {
    sweepClaims(blobs, new Date()).catch((error: unknown) =>
      logger.warn('Old claims could not be swept; tried again tomorrow.', {}, error),
    );
  };
  sweep();
  const timer = setInterval(sweep, dayMs);
  timer.unref();
  return () => clearInterval(timer);
}
