import { createHash } from 'node:crypto';
import { blobRefSchema, type BlobRef } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import type { ClaimStore } from '../port/claim-store.port.js';

export interface ClaimLimits {
  /** Bodies whose JSON is larger are left in the store. */
  readonly inlineBytes: number;
  /** The largest body that is taken at all, so that no record can fill a consumer's memory. */
  readonly maxBytes: number;
}

/** 256 kB still shares a record batch of 900 kB with others; above, a blob is cheaper than a batch of its own. */
export const defaultClaimLimits: ClaimLimits = { inlineBytes: 256 * 1024, maxBytes: 64 * 1024 * 1024 };

/** Large bodies wait in a store while a small record with their reference travels (claim check). */
export class ClaimCheck {
  constructor(
    private readonly store: ClaimStore,
    private readonly limits: ClaimLimits = defaultClaimLimits,
  ) {}

  isDue(sizeBytes: number): boolean {
    return sizeBytes > this.limits.inlineBytes;
  }

  /** @returns the reference, as JSON. @throws Refusal `messaging.body-too-large`; Outage when the store is away */
  async leave(body: Buffer): Promise<Buffer> {
    if (body.byteLength > this.limits.maxBytes) throw this.tooLarge(body.byteLength);
    return Buffer.from(JSON.stringify(await this.store.put(body)));
  }

  /** @throws Refusal when the bytes are gone, damaged or too large; Outage when the store is away */
  async collect(reference: Buffer): Promise<Buffer> {
    const ref = referenceOf(reference);
    if (ref === undefined)
      throw new Refusal('malformed', 'messaging.invalid-claim', 'The claim check is unreadable.');
    if (ref.sizeBytes > this.limits.maxBytes) throw this.tooLarge(ref.sizeBytes);
    const bytes = Buffer.from(await this.store.get(ref));
    if (
      bytes.byteLength !== ref.sizeBytes ||
      createHash('sha256').update(bytes).digest('hex') !== ref.sha256
    ) {
      throw new Refusal(
        'malformed',
        'messaging.claim-damaged',
        `The bytes of ${ref.key} are not those that were put.`,
      );
    }
    return bytes;
  }

  private tooLarge(sizeBytes: number): Refusal {
    const { maxBytes } = this.limits;
    return new Refusal(
      'too-large',
      'messaging.body-too-large',
      `A message of ${sizeBytes} bytes is above the limit of ${maxBytes}.`,
    );
  }
}

/** The reference in a record, or undefined where it is no valid one. */
export function referenceOf(value: Buffer): BlobRef | undefined {
  try {
    return blobRefSchema.safeParse(JSON.parse(value.toString())).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
