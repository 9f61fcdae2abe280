import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { BlobDamaged, BlobMissing, BlobStore, BlobTooLarge } from '@mailrun/platform-blobs';
import { Database } from '@mailrun/platform-persistence';
import {
  SealedContents,
  SealedMailLost,
  streamedFromBytes,
} from '../../application/ports/sealed-contents.port.js';
import type { MailKey, SealedBytes } from '../../domain/mail.js';

/** Sealed bytes in the dispatcher's own table (small ones) or the blob store. */
@Injectable()
export class StoredSealedContents extends SealedContents {
  constructor(
    private readonly blobs: BlobStore,
    private readonly database: Database,
  ) {
    super();
  }

  async open(bytes: SealedBytes): Promise<Buffer | Readable> {
    if ('inline' in bytes) return bytes.inline;
    const { blob } = bytes;
    try {
      if (blob.sizeBytes < streamedFromBytes)
        return await this.blobs.get(blob, { maxBytes: streamedFromBytes });
      return lostWhenDamaged(await this.blobs.getStream(blob));
    } catch (error) {
      throw asLost(error);
    }
  }

  find(tenantId: string, { messageId, copy }: MailKey): Promise<SealedBytes | undefined> {
    return this.database.inTenant(tenantId, async (tx) => {
      const [row] = await tx.query<{
        sha256: string;
        size_bytes: number;
        blob_key: string | null;
        bytes: Buffer | null;
      }>('select sha256, size_bytes, blob_key, bytes from sealed_mails where message_id = $1 and copy = $2', [
        messageId,
        copy,
      ]);
      if (!row) return undefined;
      return row.blob_key === null
        ? { inline: row.bytes! }
        : { blob: { key: row.blob_key, sha256: row.sha256, sizeBytes: row.size_bytes } };
    });
  }
}

function asLost(error: unknown): unknown {
  const isLost =
    error instanceof BlobMissing || error instanceof BlobDamaged || error instanceof BlobTooLarge;
  return isLost ? new SealedMailLost(error.message, { cause: error }) : error;
}

/** The blob's stream with its errors in our words. */
function lostWhenDamaged(source: Readable): Readable {
  const target = new Transform({ transform: (chunk, _encoding, done) => done(null, chunk) });
  source.once('error', (error) => target.destroy(asLost(error) as Error));
  target.once('close', () => source.destroy());
  return source.pipe(target);
}
