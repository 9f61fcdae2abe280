import { types } from 'node:util';

/** What is logged of an error. */
export interface ErrorFields {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: ErrorFields;
}

const deepestCause = 4;

/**
 * Name, code, message, stack and causes, and nothing else: drivers hang rows and parameters on their errors
 * (PostgreSQL's `detail` holds the values of a violated key), which would put addresses into logs.
 */
export function errorFields(error: unknown, depth = 0): ErrorFields {
  // Errors of other realms (isolates, tests) are no instances of this realm's Error.
  if (!types.isNativeError(error) && !(error instanceof Error))
    return { name: typeof error, message: String(error) };
  const { code, cause } = error as Error & { code?: unknown };
  return {
    name: error.name,
    ...((typeof code === 'string' || typeof code === 'number') && { code: String(code) }),
    message: error.message,
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(cause !== undefined && depth < deepestCause && { cause: errorFields(cause, depth + 1) }),
  };
}
