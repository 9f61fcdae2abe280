import type { z } from 'zod';
import { Refusal, type FieldError } from '@mailrun/platform-errors';

type Part = 'body' | 'path' | 'query';

/**
 * The value as the schema has it.
 * @throws Refusal of kind `malformed`, with one field error for each fault
 */
export function validated<S extends z.ZodType>(schema: S, value: unknown, part: Part): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = fieldErrors(result.error, value);
  const where = { body: 'The body', path: 'The path', query: 'The query' }[part];
  const first = errors[0];
  throw new Refusal(
    'malformed',
    `${part}.invalid`,
    `${where} has ${errors.length === 1 ? 'a fault' : `${errors.length} faults`}${first ? `: ${first.pointer || '/'} ${first.detail}` : ''}`,
    { errors },
  );
}

/** One error for each fault, with a JSON pointer (RFC 6901) to it. */
export function fieldErrors(error: z.ZodError, value: unknown): FieldError[] {
  return error.issues.flatMap((issue) => fromIssue(issue, value, []));
}

function fromIssue(issue: z.core.$ZodIssue, value: unknown, base: readonly PropertyKey[]): FieldError[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointer([...path, key]),
      code: 'unknown-field',
      detail: `This field is not known. Remove it or mend its name.`,
    }));
  }
  if (issue.code === 'invalid_union') {
    // The branch with the fewest faults is the one that was meant.
    const branches = [...issue.errors].sort((a, b) => a.length - b.length);
    const meant = branches[0];
    if (meant !== undefined && meant.length > 0)
      return meant.flatMap((inner) => fromIssue(inner, value, path));
  }
  if (issue.code === 'invalid_type' && at(value, path) === undefined) {
    return [{ pointer: pointer(path), code: 'required', detail: 'This field is required.' }];
  }
  return [{ pointer: pointer(path), code: issue.code.replaceAll('_', '-'), detail: issue.message }];
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

const pointer = (path: readonly PropertyKey[]) =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
