import type { z } from 'zod';
import { z as zod } from 'zod';
import { modeSchema, timestampSchema, uuidSchema } from '../values.js';

/** What travels beside every body. On Kafka each is a record header of the same name in kebab-case, as text. */
export const busHeadersSchema = zod.object({
  tenantId: uuidSchema,
  /** The tenant's mode when the run was prepared; a mail whose mode is not the tenant's is never sent. */
  mode: modeSchema,
  runId: uuidSchema.optional(),
  round: zod.int().positive().optional(),
  /** W3C Trace Context; the trace goes through all hops. */
  traceparent: zod.string().optional(),
  producedAt: timestampSchema,
  /** When runs fed the message; new at each feeding. Records fed more than 24 h ago are dropped at intake. */
  fedAt: timestampSchema.optional(),
});
export type BusHeaders = z.infer<typeof busHeadersSchema>;

/** One kind of message: its topic is `<prefix>.<name>.v<version>`. */
export interface MessageType<Name extends string = string, Body = unknown> {
  readonly name: Name;
  readonly version: number;
  /** One sentence for the catalogue. */
  readonly summary: string;
  /** Strict for the publisher; consumers strip fields that they do not know. */
  readonly schema: z.ZodType<Body>;
  /** The record key: messages with the same key keep their order. */
  keyOf(body: Body, headers: BusHeaders): string;
  /** Complete, valid bodies: the catalogue shows them and tests use them. */
  readonly examples: readonly Body[];
}

export type BodyOf<Type> = Type extends MessageType<string, infer Body> ? Body : never;

/** A message as handlers and publishers see it. */
export interface BusMessage<Body = unknown> {
  readonly headers: BusHeaders;
  readonly body: Body;
}

/** Topic name of a message type without the installation's prefix. */
export const topicOf = (type: MessageType): string => `${type.name}.v${type.version}`;
