import { messageTypes, type MessageType } from '@mailrun/contracts';
import { z } from 'zod';
import { compiled } from './compiled.js';
import { tolerantView as view } from './tolerant-schema.js';

/** As it is used. */
const tolerantView = <Value>(schema: z.ZodType<Value>) => compiled(view(schema));

/** Adds a field to every object in a JSON value. */
function withAddedFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withAddedFields);
  if (typeof value !== 'object' || value === null) return value;
  return {
    ...Object.fromEntries(Object.entries(value).map(([key, field]) => [key, withAddedFields(field)])),
    addedLater: { deep: true },
  };
}

/** Objects whose keys are free keep what they hold: drop it before comparing. */
function withoutAddedFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAddedFields);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'addedLater')
      .map(([key, field]) => [key, withoutAddedFields(field)]),
  );
}

const counters = new Set(['run-event']);

describe('tolerantView', () => {
  it.each((messageTypes as readonly MessageType[]).filter(({ name }) => !counters.has(name)))(
    'takes $name with fields added on every level',
    (type) => {
      for (const example of type.examples) {
        expect(type.schema.safeParse(withAddedFields(example)).success).toBe(false);
        const parsed = tolerantView(type.schema).parse(withAddedFields(example));
        expect(withoutAddedFields(parsed)).toEqual(example);
      }
    },
  );

  it('drops added fields through every kind of schema, and keeps checks', () => {
    const inner = z.strictObject({ a: z.number() });
    const schema = z.strictObject({
      list: z.array(inner).min(1),
      record: z.record(z.string(), inner),
      union: z.union([inner, z.strictObject({ b: z.string() })]),
      choice: z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('x'), inner })]),
      tuple: z.tuple([inner]),
      maybe: inner.optional(),
      none: inner.nullable(),
      piped: inner.pipe(inner),
      checked: inner.refine(({ a }) => a > 0),
    });
    const one = { a: 1, extra: true };
    const clean = { a: 1 };
    const value = {
      list: [one],
      record: { key: one },
      union: { b: 'b', extra: true },
      choice: { kind: 'x', inner: one, extra: true },
      tuple: [one],
      maybe: one,
      none: one,
      piped: one,
      checked: one,
      extra: true,
    };
    expect(tolerantView(schema).parse(value)).toEqual({
      list: [clean],
      record: { key: clean },
      union: { b: 'b' },
      choice: { kind: 'x', inner: clean },
      tuple: [clean],
      maybe: clean,
      none: clean,
      piped: clean,
      checked: clean,
    });
    expect(tolerantView(schema).safeParse({ ...value, checked: { a: 0 } }).success).toBe(false);
    expect(tolerantView(schema).safeParse({ ...value, list: [] }).success).toBe(false);
  });
});
