import { busHeadersSchema, type BusHeaders, type Failure } from '@mailrun/contracts';
import type { DeadRecord } from '@mailrun/platform-messaging';
import { z } from 'zod';

const copySchema = z.object({ messageId: z.uuid(), copy: z.int().positive() });
const documentSchema = z.object({ documentId: z.uuid(), preparationId: z.uuid() });

type Named<Ids> = Ids & { readonly headers: BusHeaders; readonly failure: Failure };

/** The copy that a dead `render-message` record was about; undefined when it does not even say that. */
export const deadCopy = (dead: DeadRecord) => named(dead, copySchema);

/** The document that a dead `make-documents` record was about; undefined when it does not even say that. */
export const deadDocument = (dead: DeadRecord) => named(dead, documentSchema);

function named<Ids extends object>(dead: DeadRecord, schema: z.ZodType<Ids>): Named<Ids> | undefined {
  const ids = schema.safeParse(dead.message?.body ?? dead.invalidBody).data;
  const headers = dead.message?.headers ?? headersOf(dead.headers);
  return ids && headers && { ...ids, headers, failure: failureOf(dead.reason) };
}

function failureOf({ family, code, detail }: DeadRecord['reason']): Failure {
  const isOurs = family === 'bug';
  const sentence = isOurs ? `Rendering failed several times. Report this: ${detail}` : detail;
  return { code: isOurs ? 'render.failed' : code, detail: sentence.slice(0, 2000), stage: 'render' };
}

function headersOf(wire: Readonly<Record<string, string>>): BusHeaders | undefined {
  const camelCase = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const headers = Object.entries(wire).map(([name, value]) => [
    camelCase(name),
    name === 'round' ? Number(value) : value,
  ]);
  return busHeadersSchema.safeParse(Object.fromEntries(headers)).data;
}
