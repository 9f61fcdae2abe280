import type { Readable } from 'node:stream';
import type { MailKey, SealedBytes } from '../../domain/mail.js';

/** The sealed bytes are missing or damaged, for good. */
export class SealedMailLost extends Error {
  override readonly name = 'SealedMailLost';
}

/** A mail of this size or more is never held in memory whole. */
export const streamedFromBytes = 1024 * 1024;

/** Sealed bytes, checked against size and hash. */
export abstract class SealedContents {
  /**
   * In memory when smaller than {@link streamedFromBytes}, else a stream that fails with SealedMailLost instead of
   * ending when the bytes are not those that were sealed.
   *
   * @throws SealedMailLost
   * @throws Outage when the store is away
   */
  abstract open(bytes: SealedBytes): Promise<Buffer | Readable>;

  /** Where the bytes of a copy are; undefined when it has none here. */
  abstract find(tenantId: string, key: MailKey): Promise<SealedBytes | undefined>;
}
