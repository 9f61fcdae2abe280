import type { Route } from '@mailrun/contracts';
import { checkIfMatch, checkReadOnly, type Call } from '@mailrun/platform-http';

interface PutCall {
  readonly params: { readonly code: string };
  readonly body: object;
  readonly ifMatch: Call['ifMatch'];
}

/**
 * The check of a PUT against what is stored: the version that it names, and that read-only fields (those of all
 * versioned objects, and `readOnly`) came back as they were read.
 */
export function checkPut(route: Route, { params, body, ifMatch }: PutCall, readOnly: readonly string[]) {
  return (stored: { readonly code: string; readonly version: number } | undefined): void => {
    checkIfMatch(route, ifMatch, stored?.version);
    const expected = { code: params.code, ...stored };
    checkReadOnly({ ...body }, expected, ['code', 'version', 'createdAt', 'updatedAt', ...readOnly]);
  };
}
