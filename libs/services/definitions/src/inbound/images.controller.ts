import { Controller } from '@nestjs/common';
import { imageRoutes } from '@mailrun/contracts';
import { BlobStore } from '@mailrun/platform-blobs';
import { Refusal } from '@mailrun/platform-errors';
import {
  Serves,
  checkIfMatch,
  decodeCursor,
  pageOfRows,
  type Call,
  type HttpAnswer,
} from '@mailrun/platform-http';
import { ChangeObject } from '../application/change-object/change-object.use-case.js';
import { PutImage, maxImageBytes } from '../application/put-image/put-image.use-case.js';
import { ReadObject } from '../application/read-object/read-object.use-case.js';
import { viewOf } from './views.js';

@Controller()
export class ImagesController {
  constructor(
    private readonly reads: ReadObject,
    private readonly changes: ChangeObject,
    private readonly images: PutImage,
    private readonly blobs: BlobStore,
  ) {}

  @Serves(imageRoutes.list)
  async list({ context, query }: Call<typeof imageRoutes.list>): Promise<HttpAnswer> {
    const after = decodeCursor(query.cursor, 1)?.[0] as string | undefined;
    const objects = await this.reads.list(context.tenantId, 'image', query.limit + 1, after);
    return { body: pageOfRows(objects, query.limit, (object) => [object.key], viewOf) };
  }

  @Serves(imageRoutes.get)
  async get({ context, params }: Call<typeof imageRoutes.get>): Promise<HttpAnswer> {
    const { content, version } = await this.reads.get(context.tenantId, 'image', params.key);
    const ref = {
      key: String(content['blobKey']),
      sha256: String(content['sha256']),
      sizeBytes: Number(content['sizeBytes']),
    };
    return {
      stream: await this.blobs.getStream(ref),
      contentType: String(content['contentType']),
      sizeBytes: ref.sizeBytes,
      headers: {
        etag: `"${version}"`,
        'x-content-type-options': 'nosniff',
        'content-security-policy': 'sandbox',
      },
    };
  }

  @Serves(imageRoutes.put)
  async put({ context, params, content, ifMatch }: Call<typeof imageRoutes.put>): Promise<HttpAnswer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of content.stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxImageBytes)
        throw new Refusal('too-large', 'image.too-large', `An image has at most ${maxImageBytes} bytes.`);
      chunks.push(chunk);
    }
    const type = content.type.split(';')[0]?.trim().toLowerCase() ?? '';
    const image = await this.images.put(context, params.key, type, Buffer.concat(chunks), (stored) =>
      checkIfMatch(imageRoutes.put, ifMatch, stored?.version),
    );
    return { body: viewOf(image), version: image.version };
  }

  @Serves(imageRoutes.remove)
  async remove({ context, params, ifMatch }: Call<typeof imageRoutes.remove>): Promise<HttpAnswer> {
    await this.changes.remove(context, 'image', params.key, (stored) =>
      checkIfMatch(imageRoutes.remove, ifMatch, stored.version),
    );
    return {};
  }
}
