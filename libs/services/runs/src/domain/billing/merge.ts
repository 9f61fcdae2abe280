import type { FieldError } from '@mailrun/platform-errors';

/** What became of one change: of a PUT's body, or of a line of an import. */
export type Merge<Value> =
  | { readonly outcome: 'created' | 'updated' | 'unchanged'; readonly value: Value }
  | { readonly outcome: 'refused'; readonly faults: readonly FieldError[] };

export const refused = (...faults: readonly FieldError[]) => ({ outcome: 'refused' as const, faults });

/** A field that a new object must have. */
export const required = (field: string): FieldError => ({
  pointer: `/${field}`,
  code: 'required',
  detail: 'This field is required for something new.',
});

/** `created` or, compared with what is stored, `updated` or `unchanged`. */
export function mergedInto<Value>(
  stored: Value | undefined,
  value: Value,
  isSame: (a: Value, b: Value) => boolean,
): Merge<Value> {
  if (stored === undefined) return { outcome: 'created', value };
  return isSame(stored, value) ? { outcome: 'unchanged', value: stored } : { outcome: 'updated', value };
}
