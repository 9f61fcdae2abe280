import { z } from 'zod';

/** One field of a JSON object, however deep. */
export interface Field {
  /** `recipients[].address` */
  readonly path: string;
  readonly type: string;
  readonly isRequired: boolean;
}

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** The fields of a schema in their order; those of variants one after the other. */
export function fieldsOf(schema: z.ZodType): readonly Field[] {
  return uniqueByPath([...walk(z.toJSONSchema(schema, { unrepresentable: 'any' }), '', true)]);
}

function* walk(schema: JsonSchema, path: string, isRequired: boolean): Generator<Field> {
  if (path !== '') yield { path, type: typeOf(schema), isRequired };
  for (const variant of schema.oneOf ?? schema.anyOf ?? []) {
    yield* fieldsBelow(variant as JsonSchema, path);
  }
  yield* fieldsBelow(schema, path);
}

function* fieldsBelow(schema: JsonSchema, path: string): Generator<Field> {
  const below = path === '' ? '' : `${path}.`;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    yield* walk(property as JsonSchema, `${below}${name}`, schema.required?.includes(name) ?? false);
  }
  const { items } = schema;
  if (items !== undefined && !Array.isArray(items)) yield* fieldsBelow(items as JsonSchema, `${path}[]`);
}

function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' · ');
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants !== undefined)
    return [...new Set(variants.map((each) => typeOf(each as JsonSchema)))].join(' · ');
  if (schema.type === 'array') return `list of ${typeOf((schema.items ?? {}) as JsonSchema)}`;
  if (schema.type === 'string') return schema.format ?? 'text';
  return typeof schema.type === 'string' ? schema.type : 'anything';
}

/** A field that several variants have is told once, with all its types. */
function uniqueByPath(fields: readonly Field[]): readonly Field[] {
  const byPath = new Map<string, Field>();
  for (const field of fields) {
    const known = byPath.get(field.path);
    byPath.set(field.path, known === undefined ? field : merged(known, field));
  }
  return [...byPath.values()];
}

function merged(a: Field, b: Field): Field {
  const types = new Set([...a.type.split(' · '), ...b.type.split(' · ')]);
  return { path: a.path, type: [...types].join(' · '), isRequired: a.isRequired && b.isRequired };
}
