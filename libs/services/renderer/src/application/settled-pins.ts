import type { BlobRef, BusMessage, Failure } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import type { PinnedTemplates, PinnedTemplatesCache } from './pinned-templates.js';

/**
 * The templates of each message of a batch, or why there are none.
 *
 * @throws Outage when the store is away
 */
export async function settledPins(
  pins: PinnedTemplatesCache,
  batch: readonly BusMessage<{ readonly pins: BlobRef }>[],
): Promise<readonly (PinnedTemplates | { readonly failure: Failure })[]> {
  const results = await Promise.allSettled(
    batch.map(({ headers, body }) => pins.get(headers.tenantId, body.pins)),
  );
  return results.map((result) => {
    if (result.status === 'fulfilled') return result.value;
    if (!(result.reason instanceof Refusal)) throw result.reason;
    const { code, message } = result.reason;
    return { failure: { code, detail: message, stage: 'render' } };
  });
}
