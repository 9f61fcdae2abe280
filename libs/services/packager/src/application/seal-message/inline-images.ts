import type { RunPins } from '@mailrun/contracts';
import { ByteCache, type BlobStore } from '@mailrun/platform-blobs';
import { base64Lines } from '../../domain/mail/base64-lines.js';
import type { InlineImage } from '../../domain/mail/compose-mail.js';
import { refusals } from '../../domain/refusals.js';
import { usedImageKeys } from '../../domain/used-images.js';
import { readBlob } from './blob-reading.js';

/** Images for `cid:`, loaded and encoded once for all mails that show them. */
export class InlineImages {
  private readonly cache: ByteCache<Buffer>;

  constructor(
    private readonly blobs: BlobStore,
    maxBytes: number,
  ) {
    this.cache = new ByteCache(maxBytes);
  }

  /**
   * The images that the HTML shows, in its order.
   *
   * @throws Refusal `package.image-unknown`, `package.image-damaged`
   * @throws Outage when the store is away
   */
  async usedBy(html: string | undefined, images: RunPins['images']): Promise<InlineImage[]> {
    if (html === undefined) return [];
    return Promise.all(
      usedImageKeys(html).map(async (key) => {
        const image = images.find((candidate) => candidate.key === key);
        if (image === undefined) throw refusals.imageUnknown(key);
        return { key, contentType: image.contentType, base64: await this.load(image) };
      }),
    );
  }

  private load({ key, content }: RunPins['images'][number]): Promise<Buffer> {
    return this.cache.get(
      `${content.key} ${content.sha256}`,
      Math.ceil(content.sizeBytes * 1.4),
      async () => {
        const bytes = await readBlob(this.blobs, content, () => refusals.imageDamaged(key));
        return Buffer.concat([...base64Lines(bytes)]);
      },
    );
  }
}
