import { ApiRefusal, type Answer, type BackOffice } from '../back-office.js';

/** A resource by key, as far as the sample looks at it. */
interface Stored {
  readonly [field: string]: unknown;
}

const notFound = (error: unknown) => {
  if (error instanceof ApiRefusal && error.status === 404) return undefined;
  throw error;
};

/** Whether everything that is wanted is stored so; what is stored besides does not matter. */
function holds(stored: Stored, wanted: object): boolean {
  return Object.entries(wanted).every(
    ([field, value]) => JSON.stringify(stored[field]) === JSON.stringify(value),
  );
}

/**
 * Makes or changes what is at a path; what is so already is left alone, so that a second run of the sample changes
 * nothing.
 */
export async function ensure(office: BackOffice, path: string, wanted: object): Promise<Stored> {
  const stored: Answer<Stored> | undefined = await office
    .call<Stored>({ method: 'GET', path })
    .catch(notFound);
  if (stored && holds(stored.body, wanted)) return stored.body;
  const ifMatch = stored?.etag === undefined ? {} : { ifMatch: stored.etag };
  return (await office.call<Stored>({ method: 'PUT', path, body: wanted, ...ifMatch })).body;
}

/** Besides, a version of it is published: runs take published ones only. */
export async function ensurePublished(office: BackOffice, path: string, wanted: object): Promise<void> {
  const { isPublished } = await ensure(office, path, wanted);
  if (isPublished !== true) await office.call({ method: 'POST', path: `${path}/publish`, body: {} });
}

export async function ensureImage(
  office: BackOffice,
  path: string,
  content: Buffer,
  type: string,
): Promise<void> {
  const stored = await office.download(path).catch(notFound);
  if (stored?.content.equals(content)) return;
  const ifMatch = stored?.etag === undefined ? {} : { ifMatch: stored.etag };
  await office.call({ method: 'PUT', path, bytes: { content, type }, ...ifMatch });
}
