/**
 * What can be wrong with a blob itself. None of them passes by waiting: an unreachable store is an
 * `Outage('blobs.unreachable')` instead, and it must never look like a missing blob.
 */
export abstract class BlobError extends Error {
  abstract readonly code: string;

  constructor(
    readonly key: string,
    message: string,
  ) {
    super(message);
    this.name = new.target.name;
  }
}

/** The store answered, and has no such blob. */
export class BlobMissing extends BlobError {
  readonly code = 'blobs.missing';

  constructor(key: string) {
    super(key, `There is no blob '${key}'.`);
  }
}

/** Size or SHA-256 are not those of the reference: the bytes must not be used. */
export class BlobDamaged extends BlobError {
  readonly code = 'blobs.damaged';

  constructor(key: string, what: string) {
    super(key, `Blob '${key}' is damaged: ${what}.`);
  }
}

/** Larger than the caller is ready to hold in memory. */
export class BlobTooLarge extends BlobError {
  readonly code = 'blobs.too-large';

  constructor(
    key: string,
    readonly maxBytes: number,
  ) {
    super(key, `Blob '${key}' is larger than ${maxBytes} bytes.`);
  }
}

/** The key holds other content already, and a blob is never overwritten. */
export class BlobConflict extends BlobError {
  readonly code = 'blobs.conflict';

  constructor(key: string) {
    super(key, `Blob '${key}' exists with other content.`);
  }
}

/** A bug of the caller: keys are made by code, of ids and hashes. */
export class BlobKeyInvalid extends BlobError {
  readonly code = 'blobs.key-invalid';

  constructor(key: string) {
    super(key, `'${key}' is no valid blob key.`);
  }
}
