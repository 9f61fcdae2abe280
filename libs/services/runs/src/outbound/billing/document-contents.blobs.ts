import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { BlobRef } from '@mailrun/contracts';
import { BlobMissing, BlobStore } from '@mailrun/platform-blobs';
import { DocumentContents } from '../../application/ports/document-contents.port.js';
import { documentHashDiffers, documentTooLarge } from '../../domain/billing/document.js';
import { spool } from './spool.js';

/** Documents in the blob store, under `documents/<tenant>/<sha256>`. */
@Injectable()
export class BlobDocumentContents extends DocumentContents {
  constructor(private readonly blobs: BlobStore) {
    super();
  }

  override async keep(
    tenantId: string,
    stream: Readable,
    { maxBytes, sha256: expected, contentType }: Parameters<DocumentContents['keep']>[2],
  ): Promise<BlobRef> {
    // The key is the hash, which is known at the end only: until then the bytes lie in a temporary file.
    const spooled = await spool(stream, () => documentTooLarge(maxBytes), maxBytes);
    try {
      const { sha256, sizeBytes, bytes, file } = spooled;
      if (expected !== undefined && expected !== sha256) throw documentHashDiffers(expected, sha256);
      const content = bytes ?? { stream: createReadStream(file), sha256, sizeBytes };
      return await this.blobs.put(`documents/${tenantId}/${sha256}`, content, { contentType, sha256 });
    } finally {
      await spooled.discard();
    }
  }

  override async open(content: BlobRef): Promise<Readable | undefined> {
    try {
      return await this.blobs.getStream(content);
    } catch (error) {
      if (error instanceof BlobMissing) return undefined;
      throw error;
    }
  }
}
