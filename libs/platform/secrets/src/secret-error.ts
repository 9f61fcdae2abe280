export type SecretErrorCode =
  /** The setting with the keys can't be read. */
  | 'secrets.bad-keys'
  /** Sealed with a key that is not in the ring (any more). */
  | 'secrets.unknown-key'
  /** Damaged, or sealed for another owner. */
  | 'secrets.unopenable';

/** Says which key id is concerned, and nothing that is secret. */
export class SecretError extends Error {
  override readonly name = 'SecretError';

  constructor(
    readonly code: SecretErrorCode,
    message: string,
  ) {
    super(message);
  }
}
