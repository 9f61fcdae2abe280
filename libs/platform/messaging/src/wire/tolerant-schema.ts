import type { z } from 'zod';
import * as core from 'zod/v4/core';

const views = new WeakMap<core.$ZodType, core.$ZodType>();

/** The same schema, but objects in it drop fields that they do not know, so that contracts can grow. */
export function tolerantView<Body>(schema: z.ZodType<Body>): z.ZodType<Body> {
  return viewOf(schema) as unknown as z.ZodType<Body>;
}

function viewOf(schema: core.$ZodType): core.$ZodType {
  let view = views.get(schema);
  if (view === undefined) {
    view = rebuild(schema);
    views.set(schema, view);
  }
  return view;
}

/** Where zod 4 keeps the schemas inside a schema: `def.element` of an array, `def.options` of a union, … */
const single = ['element', 'valueType', 'innerType', 'in', 'out', 'left', 'right', 'rest'];
const several = ['items', 'options'];

const isSchema = (value: unknown): value is core.$ZodType =>
  typeof value === 'object' && value !== null && '_zod' in value;

function rebuild(schema: core.$ZodType): core.$ZodType {
  const def = schema._zod.def as core.$ZodTypeDef & Record<string, unknown>;
  const changes: Record<string, unknown> = {};
  for (const field of single) {
    if (isSchema(def[field])) changes[field] = viewOf(def[field]);
  }
  for (const field of several) {
    if (Array.isArray(def[field])) changes[field] = def[field].map(viewOf);
  }
  if (def.type === 'object') {
    const { shape } = def as unknown as core.$ZodObjectDef;
    changes['shape'] = Object.fromEntries(Object.entries(shape).map(([key, field]) => [key, viewOf(field)]));
    changes['catchall'] = undefined;
  }
  if (Object.keys(changes).length === 0) return schema;
  return core.clone(schema, core.util.mergeDefs(def, changes) as never);
}
