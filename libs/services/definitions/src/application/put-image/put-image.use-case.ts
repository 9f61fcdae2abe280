import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { BlobStore } from '@mailrun/platform-blobs';
import { Refusal } from '@mailrun/platform-errors';
import type { ActContext } from '@mailrun/platform-persistence';
import type { ConfigurationObject } from '../../domain/configuration-object.js';
import { ChangeObject } from '../change-object/change-object.use-case.js';

export const maxImageBytes = 1024 * 1024;

/** First bytes of the image formats that every mail program shows. */
const signatures: Readonly<Record<string, readonly number[]>> = {
  'image/png': [0x89, 0x50, 0x4e, 0x47],
  'image/jpeg': [0xff, 0xd8, 0xff],
  'image/gif': [0x47, 0x49, 0x46, 0x38],
};

/** Keeps an uploaded image by its content; runs that were prepared with an earlier one keep that. */
@Injectable()
export class PutImage {
  constructor(
    private readonly change: ChangeObject,
    private readonly blobs: BlobStore,
  ) {}

  async put(
    context: ActContext,
    key: string,
    contentType: string,
    bytes: Buffer,
    check: (stored: ConfigurationObject | undefined) => void,
  ): Promise<ConfigurationObject> {
    const signature = signatures[contentType];
    if (signature === undefined || !signature.every((byte, index) => bytes[index] === byte)) {
      throw new Refusal(
        'rule',
        'image.wrong-content',
        `The bytes are not ${contentType}. Send a PNG, JPEG or GIF with its own content type.`,
      );
    }
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const blobKey = `images/${context.tenantId}/${sha256}`;
    await this.blobs.put(blobKey, bytes, { contentType, sha256 });
    const content = { contentType, sizeBytes: bytes.length, sha256, blobKey };
    return this.change.put(context, { kind: 'image', key, content, check });
  }
}
