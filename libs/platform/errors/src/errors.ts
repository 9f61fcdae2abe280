import { types } from 'node:util';

/**
 * The three families of errors. A {@link Refusal} is permanent and the caller's or the data's fault; an
 * {@link Outage} is transient (database, store, broker, another service); everything else is a bug.
 * Neither knows HTTP: `platform/http` maps a refusal's kind to a status, `platform/messaging` decides between
 * dead letter and pause.
 */

/** What sort of refusal it is. `platform/http` maps each kind to one HTTP status. */
export type RefusalKind =
  | 'malformed' // 400
  | 'unauthenticated' // 401
  | 'forbidden' // 403
  | 'not-found' // 404
  | 'conflict' // 409: state, version or preparation
  | 'precondition-failed' // 412
  | 'too-large' // 413
  | 'unsupported-media-type' // 415
  | 'rule' // 422: understood, refused by a rule
  | 'precondition-required' // 428
  | 'too-many-requests'; // 429

/** One bad field: `pointer` is a JSON pointer (RFC 6901) into the body, '' for the whole of it. */
export interface FieldError {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/** A permanent refusal: `code` is stable (`runs.not-found`), `message` tells a person what to do. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly kind: RefusalKind,
    readonly code: string,
    message: string,
    readonly extra: { readonly errors?: readonly FieldError[]; readonly retryAfterSeconds?: number } = {},
  ) {
    super(message);
  }
}

/** A transient fault of something that we depend on; the same work succeeds later, unchanged. */
export class Outage extends Error {
  override readonly name = 'Outage';

  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const transientSystemCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOSPC',
  'EMFILE',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/**
 * Whether the fault passes by itself: an {@link Outage}, a network fault, or PostgreSQL's classes 08 (connection),
 * 40 (rollback: deadlock, serialization), 53 (resources), 57P0x (shutdown), 55P03 (lock not available) and 25006
 * (read-only after a failover). Looks through `cause`, `driverError` and the parts of an `AggregateError`.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function isOutage(error: unknown, depth = 0): boolean {
  if (error instanceof Outage) return true;
  // Not `instanceof Error`: errors of Node.js itself may come from another realm.
  if (error instanceof Refusal || !types.isNativeError(error) || depth > 5) return false;
  const { code, cause, driverError, errors } = error as Error & {
    code?: unknown;
    driverError?: unknown;
    errors?: unknown;
  };
  if (typeof code === 'string') {
    if (transientSystemCodes.has(code)) return true;
    if (/^(08|40|53)[0-9A-Z]{3}$|^57P0[0-9]$|^55P03$|^25006$/.test(code)) return true;
  }
  // pg gives no code for a connection that ended under it or a pool that is exhausted.
  if (
    /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered)/.test(
      error.message,
    )
  ) {
    return true;
  }
  if (Array.isArray(errors) && errors.some((part) => isOutage(part, depth + 1))) return true;
  return isOutage(driverError, depth + 1) || isOutage(cause, depth + 1);
}

/** The message of anything thrown. */
export function errorMessage(error: unknown): string {
  return types.isNativeError(error) ? error.message : String(error);
}
