import { z } from 'zod';
import { keySchema, timestampSchema } from '../values.js';

/** Query of every list: at most 500 rows a page, and where the last page ended. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(1000).optional(),
};

/** A page of a list; `next` goes into `cursor` and is left out on the last page. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: z.string().optional() });

/** Read-only fields of everything that has a version; a body that was read may be put back with them. */
export const versionedFields = {
  version: z.int().positive(),
  createdAt: timestampSchema,
  updatedAt: timestampSchema,
};

/** The same fields as they may come back in a PUT: refused when they differ from what is stored. */
export const readOnlyVersioned = {
  version: z.int().positive().optional(),
  createdAt: timestampSchema.optional(),
  updatedAt: timestampSchema.optional(),
};

/** A code that a billing system gives (customer, invoice, cluster): any printable text, percent-encoded in paths. */
export const codeSchema = z
  .string()
  .min(1)
  .max(200)

  .regex(/^[^\u0000-\u001f\u007f\u2028\u2029]+$/, 'Control characters are not allowed.')
  .refine((code) => code.trim() === code, 'Blanks at the start or the end are not allowed.');

export const keyParams = z.object({ key: keySchema });
export const codeParams = z.object({ code: codeSchema });
export const idParams = z.object({ id: z.uuid() });

/** For staff: what a state or reason means, and what to do next. */
export const statusFields = { statusText: z.string(), nextStep: z.string().optional() };
