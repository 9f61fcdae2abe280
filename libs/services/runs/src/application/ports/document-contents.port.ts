import type { Readable } from 'node:stream';
import type { BlobRef } from '@mailrun/contracts';

/** The bytes of documents, kept by content: the same bytes are kept once for each tenant. */
export abstract class DocumentContents {
  /**
   * Reads all of the stream, in constant memory.
   * @throws Refusal `document.too-large`, `document.sha256-differs`: then nothing is kept
   */
  abstract keep(
    tenantId: string,
    stream: Readable,
    expected: {
      readonly maxBytes: number;
      readonly sha256?: string | undefined;
      readonly contentType: string;
    },
  ): Promise<BlobRef>;

  /** Undefined where the bytes are lost. The stream fails when they are not those of the reference. */
  abstract open(content: BlobRef): Promise<Readable | undefined>;
}
