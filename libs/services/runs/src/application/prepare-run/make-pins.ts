import { createHash } from 'node:crypto';
import type { BlobRef, PublishedDefinition, RunPins, TenantSettings } from '@mailrun/contracts';
import type { BlobStore } from '@mailrun/platform-blobs';
import { testAddressOf } from '../../domain/runs/run-conditions.js';
import type { Run } from '../../domain/runs/run.js';

/** All that shapes the mails of a preparation, besides the customers and their invoices. */
export function makePins(run: Run, published: PublishedDefinition, settings: TenantSettings): RunPins {
  const { content: _, messagesPerMinute: __, ...pinned } = published;
  const testAddress = testAddressOf(settings);
  const period = 'clusterCode' in run.selection ? run.selection : undefined;
  return {
    ...pinned,
    ...(testAddress !== undefined && { testAddress }),
    bcc: run.bcc.map((address) => ({ address })),
    run: {
      id: run.id,
      ...(run.note !== null && { note: run.note }),
      ...(period !== undefined && {
        periodFirstDay: period.periodFirstDay,
        periodLastDay: period.periodLastDay,
      }),
    },
  };
}

/** Keeps the pins by their content: the key holds the hash, so they never change. */
export async function keepPins(blobs: BlobStore, tenantId: string, pins: RunPins): Promise<BlobRef> {
  const bytes = Buffer.from(JSON.stringify(pins));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const key = `pins/${tenantId}/${pins.run.id}/${sha256}.json`;
  return blobs.put(key, bytes, { contentType: 'application/json', sha256 });
}
