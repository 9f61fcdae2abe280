import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { BlobRef } from '@mailrun/contracts';
import { BlobConflict, BlobDamaged, BlobMissing } from '../blob-errors.js';
import { assertKey, assertPrefix } from '../blob-key.js';
import {
  BlobStore,
  keyOf,
  type BlobInfo,
  type BlobPage,
  type PutOptions,
  type StreamedContent,
} from '../blob-store.js';
import { VerifyingStream, assertBytes, assertFits, assertSize, sha256Of } from '../verify.js';
import { isStatus, toBlobError, toOutage } from './s3-errors.js';

export interface S3BlobStoreOptions {
  readonly bucket: string;
  /** In front of every key, without `/` at its end; '' for none. */
  readonly prefix?: string;
  readonly region: string;
  /** Of an S3-compatible store; AWS's own when left out. */
  readonly endpoint?: string;
  /** `https://endpoint/bucket/key` instead of `https://bucket.endpoint/key`: what most S3-compatible stores want. */
  readonly forcePathStyle?: boolean;
  /** Left out: the SDK's chain (environment, web identity, instance). */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly connections?: number;
  readonly connectTimeoutMs?: number;
  /** Longest silence of the store in the middle of a request. */
  readonly idleTimeoutMs?: number;
  /** Of one call, the first included. */
  readonly attempts?: number;
}

/** The SDK would write to the console what it also throws. */
const silent = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {
  return;
}

/**
 * Blobs as objects of one bucket. The store must keep the promise of `If-None-Match: *` (conditional writes: AWS,
 * MinIO, Ceph, versitygw, …) and be consistent after a write.
 */
export class S3BlobStore extends BlobStore {
  private readonly client: S3Client;
  private readonly bucket: string;
  private readonly prefix: string;

  constructor(options: S3BlobStoreOptions) {
    super();
    this.bucket = options.bucket;
    this.prefix = options.prefix ? `${options.prefix}/` : '';
    this.client = new S3Client({
      region: options.region,
      ...(options.endpoint !== undefined && { endpoint: options.endpoint }),
      ...(options.credentials !== undefined && { credentials: options.credentials }),
      forcePathStyle: options.forcePathStyle ?? false,
      maxAttempts: options.attempts ?? 4,
      // References carry a SHA-256 that is checked at both ends; a second checksum would only cost time.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      logger: silent,
      requestHandler: {
        connectionTimeout: options.connectTimeoutMs ?? 3_000,
        socketTimeout: options.idleTimeoutMs ?? 15_000,
        // The agent queues what is above the limit: no fault, and no reason to warn.
        socketAcquisitionWarningTimeout: 2 ** 31 - 1,
        httpAgent: { keepAlive: true, maxSockets: options.connections ?? 64 },
        httpsAgent: { keepAlive: true, maxSockets: options.connections ?? 64 },
      },
    });
  }

  override async put(
    key: string,
    content: Buffer | StreamedContent,
    options: PutOptions = {},
  ): Promise<BlobRef> {
    assertKey(key);
    const ref = Buffer.isBuffer(content)
      ? { key, sha256: options.sha256 ?? sha256Of(content), sizeBytes: content.length }
      : { key, sha256: content.sha256, sizeBytes: content.sizeBytes };
    try {
      await this.write(ref, content, options, '*');
    } catch (error) {
      if (!isStatus(error, 412)) throw error;
      await this.settleExisting(ref, content, options);
    }
    return ref;
  }

  override async get(from: BlobRef | string, { maxBytes }: { readonly maxBytes: number }): Promise<Buffer> {
    const body = await this.open(from, maxBytes);
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    await this.calling(keyOf(from), async () => {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        sizeBytes += chunk.length;
        assertFits(keyOf(from), sizeBytes, maxBytes);
        chunks.push(chunk);
      }
    });
    return assertBytes(from, chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, sizeBytes));
  }

  override async getStream(from: BlobRef | string): Promise<Readable> {
    const body = await this.open(from, Number.MAX_SAFE_INTEGER);
    if (typeof from === 'string') return body;
    const checked = new VerifyingStream(from);
    body.on('error', (error) => checked.destroy(toBlobError(error, from.key)));
    checked.on('close', () => body.destroy());
    return body.pipe(checked);
  }

  override async head(key: string): Promise<BlobInfo | undefined> {
    assertKey(key);
    try {
      const answer = await this.calling(key, () => this.client.send(new HeadObjectCommand(this.at(key))));
      return { key, sizeBytes: answer.ContentLength ?? 0, modifiedAt: answer.LastModified ?? new Date(0) };
    } catch (error) {
      if (!(error instanceof BlobMissing)) throw error;
      await this.check(); // HEAD has no body to tell a missing bucket from a missing object
      return undefined;
    }
  }

  override async delete(key: string): Promise<void> {
    assertKey(key);
    await this.calling(key, () => this.client.send(new DeleteObjectCommand(this.at(key))));
  }

  override async list(
    prefix: string,
    { cursor, limit = 1000 }: { readonly cursor?: string; readonly limit?: number } = {},
  ): Promise<BlobPage> {
    assertPrefix(prefix);
    const answer = await this.calling(prefix, () =>
      this.client.send(
        new ListObjectsV2Command({
          Bucket: this.bucket,
          Prefix: this.prefix + prefix,
          MaxKeys: limit,
          ContinuationToken: cursor,
        }),
      ),
    );
    const items = (answer.Contents ?? []).map((object) => ({
      key: (object.Key ?? '').slice(this.prefix.length),
      sizeBytes: object.Size ?? 0,
      modifiedAt: object.LastModified ?? new Date(0),
    }));
    return answer.NextContinuationToken === undefined
      ? { items }
      : { items, next: answer.NextContinuationToken };
  }

  override async check(): Promise<void> {
    try {
      await this.client.send(new HeadBucketCommand({ Bucket: this.bucket }));
    } catch (error) {
      throw toOutage(error);
    }
  }

  override async close(): Promise<void> {
    this.client.destroy();
  }

  private async write(
    ref: BlobRef,
    content: Buffer | StreamedContent,
    options: PutOptions,
    ifNoneMatch: '*' | undefined,
  ): Promise<void> {
    const body = Buffer.isBuffer(content) ? content : content.stream.pipe(new VerifyingStream(ref));
    // The SDK waits for ever for the rest of a body that broke off.
    const broken = new AbortController();
    if (!Buffer.isBuffer(content) && body instanceof VerifyingStream) {
      content.stream.on('error', (error) => body.destroy(error));
      body.on('error', (error) => broken.abort(error));
    }
    try {
      await this.calling(ref.key, () =>
        this.client.send(
          new PutObjectCommand({
            ...this.at(ref.key),
            Body: body,
            ContentLength: ref.sizeBytes,
            ContentType: options.contentType,
            ChecksumSHA256: Buffer.from(ref.sha256, 'hex').toString('base64'),
            IfNoneMatch: ifNoneMatch,
          }),
          { abortSignal: broken.signal },
        ),
      );
    } catch (error) {
      throw broken.signal.aborted ? broken.signal.reason : error;
    } finally {
      if (!Buffer.isBuffer(content)) content.stream.destroy();
    }
  }

  /** The key is taken: fine with the same content; see {@link BlobStore.put} for the rest. */
  private async settleExisting(
    ref: BlobRef,
    content: Buffer | StreamedContent,
    options: PutOptions,
  ): Promise<void> {
    try {
      const existing = await this.getStream(ref);
      for await (const _ of existing) continue;
    } catch (error) {
      if (!(error instanceof BlobDamaged)) throw error;
      if (!ref.key.includes(ref.sha256)) throw new BlobConflict(ref.key);
      if (!Buffer.isBuffer(content)) throw error; // the stream is used up
      await this.write(ref, content, options, undefined);
    }
  }

  private async open(from: BlobRef | string, maxBytes: number): Promise<Readable> {
    const key = keyOf(from);
    assertKey(key);
    const answer = await this.calling(key, () => this.client.send(new GetObjectCommand(this.at(key))));
    const body = answer.Body as Readable;
    try {
      assertFits(key, answer.ContentLength ?? 0, maxBytes);
      assertSize(from, answer.ContentLength ?? 0);
    } catch (error) {
      body.destroy();
      throw error;
    }
    return body;
  }

  private at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.bucket, Key: this.prefix + key };
  }

  private async calling<T>(key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw isStatus(error, 412) ? error : toBlobError(error, key);
    }
  }
}
