import type { Route } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';

/**
 * Compares `If-Match` with the version that is stored (undefined: there is none yet).
 * @throws Refusal 428 when the route requires it, 412 when it names another version
 */
export function checkIfMatch(route: Route, ifMatch: string | undefined, stored: number | undefined): void {
  if (ifMatch === undefined) {
    if (route.ifMatch === 'required' && stored !== undefined) {
      throw new Refusal(
        'precondition-required',
        'if-match.required',
        `Read the object first and send its ETag as If-Match: it exists in version ${stored}.`,
      );
    }
    return;
  }
  if (stored === undefined || (ifMatch !== '*' && ifMatch !== String(stored))) {
    throw new Refusal(
      'precondition-failed',
      'if-match.failed',
      stored === undefined
        ? 'If-Match names a version, and the object does not exist. Leave If-Match out to make it.'
        : `The object was changed meanwhile: it is in version ${stored} now. Read it again.`,
    );
  }
}

/**
 * A body that was read may be put back: read-only fields are ignored when unchanged.
 * @throws Refusal naming each read-only field that differs from what is stored
 */
export function checkReadOnly(
  body: Readonly<Record<string, unknown>>,
  stored: Readonly<Record<string, unknown>> | undefined,
  readOnly: readonly string[],
): void {
  const changed = readOnly.filter(
    (field) =>
      body[field] !== undefined &&
      (stored === undefined || JSON.stringify(body[field]) !== JSON.stringify(stored[field])),
  );
  if (changed.length === 0) return;
  throw new Refusal(
    'rule',
    'field.read-only',
    `These fields can't be set: ${changed.join(', ')}. Leave them out.`,
    {
      errors: changed.map((field) => ({
        pointer: `/${field}`,
        code: 'read-only',
        detail: 'Leave this field out.',
      })),
    },
  );
}
