import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A new key: `text` is shown once, `secretHash` is kept. */
export interface NewApiKey {
  readonly text: string;
  readonly secretHash: string;
}

/** What a bearer of a key sends, taken apart. */
export interface ApiKeyParts {
  /** Id of the row to look at. */
  readonly id: string;
  readonly secret: string;
}

const secretBytes = 32;
const keyPattern =
  /^mr_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

/** 256 random bits in base64url, for whatever must not be guessed. */
export function randomToken(): string {
  return randomBytes(secretBytes).toString('base64url');
}

/** SHA-256 in hexadecimal: enough for 256 random bits, which nobody can try out; never for passwords of people. */
export function hashToken(token: string): string {
  return hash('sha256', token, 'hex');
}

/** Whether the token is the one that was hashed, in constant time. */
export function tokenMatches(token: string, tokenHash: string): boolean {
  const [given, expected] = [Buffer.from(hashToken(token), 'hex'), Buffer.from(tokenHash, 'hex')];
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** `mr_<id>_<secret>`, where the id is the row's UUID without dashes. */
export function newApiKey(id: string): NewApiKey {
  const secret = randomToken();
  return { text: `mr_${id.replaceAll('-', '')}_${secret}`, secretHash: hashToken(secret) };
}

/** Undefined for what can't be a key. */
export function parseApiKey(text: string): ApiKeyParts | undefined {
  const match = keyPattern.exec(text);
  return match === null ? undefined : { id: match.slice(1, 6).join('-'), secret: match[6]! };
}
