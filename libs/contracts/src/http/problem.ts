import { z } from 'zod';

/** An error as `application/problem+json` (RFC 9457). */
export const problemSchema = z.object({
  /** `https://…` is not used: the stable name is `code`. */
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.int(),
  /** Stable, for instance `runs.not-found`. */
  code: z.string(),
  /** What to do, in a sentence. */
  detail: z.string(),
  /** Of each bad field: `pointer` is a JSON pointer (RFC 6901) into the body. */
  errors: z.array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() })).optional(),
});
export type Problem = z.infer<typeof problemSchema>;
