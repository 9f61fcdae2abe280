import { S3ServiceException } from '@aws-sdk/client-s3';
import { Outage, errorMessage } from '@mailrun/platform-errors';
import { BlobDamaged, BlobError, BlobMissing } from '../blob-errors.js';

/** Answers of a store that received other bytes than were announced. */
const contentRefused = new Set(['BadDigest', 'XAmzContentSHA256Mismatch', 'InvalidDigest', 'IncompleteBody']);

/**
 * A missing object is {@link BlobMissing}; everything else that a store or the way to it says is an Outage, a missing
 * bucket and refused credentials too: once they are put right, the same work succeeds.
 */
export function toBlobError(error: unknown, key: string): Error {
  if (error instanceof BlobError || error instanceof Outage) return error;
  if (isName(error, 'NoSuchKey') || isName(error, 'NotFound')) return new BlobMissing(key);
  if (error instanceof Error && contentRefused.has(error.name)) {
    return new BlobDamaged(key, `the store refused it (${error.name})`);
  }
  return toOutage(error);
}

export function toOutage(error: unknown): Outage {
  return new Outage('blobs.unreachable', `The blob store failed: ${errorMessage(error)}`, { cause: error });
}

export function isStatus(error: unknown, status: number): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === status;
}

function isName(error: unknown, name: string): boolean {
  return error instanceof S3ServiceException && error.name === name;
}
