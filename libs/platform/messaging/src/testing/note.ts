import type { MessageType } from '@mailrun/contracts';
import { busExamples } from '@mailrun/contracts';
import { z } from 'zod';
import { outgoing, type Outgoing } from '../port/message-bus.port.js';

const noteSchema = z.strictObject({
  thread: z.string(),
  number: z.int(),
  text: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
});
export type Note = z.infer<typeof noteSchema>;

/** A message type for tests of the bus. */
export const note: MessageType<'note', Note> = {
  name: 'note',
  version: 1,
  summary: 'A test message.',
  schema: noteSchema,
  keyOf: ({ thread }) => thread,
  examples: [{ thread: 'a', number: 1 }],
};

const laterSchema = z.strictObject({ ...noteSchema.shape, colour: z.string() });

/** The same type as a later release publishes it, with a field added. */
export const laterNote: MessageType<'note', z.infer<typeof laterSchema>> = {
  ...note,
  schema: laterSchema,
  keyOf: ({ thread }) => thread,
  examples: [{ thread: 'a', number: 1, colour: 'red' }],
};

const { producedAt: _, ...headers } = busExamples.exampleHeaders;
export const noteHeaders = headers;

export const noteOf = (thread: string, number: number, more: Partial<Note> = {}): Outgoing =>
  outgoing(note, headers, { thread, number, ...more });

/** `total` notes, numbered from 0, over so many threads. */
export const notes = (total: number, threads: number, more: Partial<Note> = {}): Outgoing[] =>
  Array.from({ length: total }, (_, number) => noteOf(`thread-${number % threads}`, number, more));
