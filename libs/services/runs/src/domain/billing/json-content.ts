import type { FieldError } from '@mailrun/platform-errors';

/** Nesting of a customer's metadata and an invoice's data. Templates need a handful of levels. */
export const maxJsonDepth = 64;

/** As JSON text in UTF-8. */
export const maxJsonBytes = 1024 * 1024;

/**
 * What PostgreSQL's jsonb, or whoever walks through it later, can't take: NUL, half of a surrogate pair, numbers
 * beyond a double, bottomless nesting, more than a mebibyte. Undefined when all is well.
 */
export function jsonFault(value: unknown, pointer: string): FieldError | undefined {
  const code = faultCode(value, 0) ?? (isTooLarge(value) ? 'too-large' : undefined);
  return code && { pointer, code: `json.${code}`, detail: details[code] };
}

/** What is wrong with the fields of a change, one fault for each: texts too must be such as can be kept. */
export function contentFaults(change: object): FieldError[] {
  return Object.entries(change).flatMap(([field, value]) =>
    value === undefined ? [] : (jsonFault(value, `/${field}`) ?? []),
  );
}

const details = {
  'too-deep': `It is nested deeper than ${maxJsonDepth} levels.`,
  'bad-text': 'A text in it has a NUL character or half of a surrogate pair.',
  'bad-number': 'A number in it is too large.',
  'too-large': `It is larger than ${maxJsonBytes} bytes.`,
} as const;
type FaultCode = keyof typeof details;

function faultCode(value: unknown, depth: number): FaultCode | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : 'bad-text';
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'bad-number';
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === maxJsonDepth) return 'too-deep';
  if (Array.isArray(value)) {
    for (const item of value) {
      const code = faultCode(item, depth + 1);
      if (code !== undefined) return code;
    }
    return undefined;
  }
  for (const [key, item] of Object.entries(value)) {
    const code = isStorable(key) ? faultCode(item, depth + 1) : 'bad-text';
    if (code !== undefined) return code;
  }
  return undefined;
}

/** Whether PostgreSQL keeps the text as it is. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

const isTooLarge = (value: unknown) => Buffer.byteLength(JSON.stringify(value)) > maxJsonBytes;

/** Whether two JSON values are the same; the order of an object's fields does not count. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => isSameJson(item, b[index]))
    );
  }
  const fieldsA = Object.entries(a);
  return (
    fieldsA.length === Object.keys(b).length &&
    fieldsA.every(
      ([key, item]) => Object.hasOwn(b, key) && isSameJson(item, (b as Record<string, unknown>)[key]),
    )
  );
}
