import type { MessageServerState } from '@mailrun/contracts';
import type { ConfigurationObject, PublishedVersion } from '../domain/configuration-object.js';
import { isPublishedKind } from '../domain/configuration-object.js';

type ServerStateByKey = Readonly<Record<string, MessageServerState>>;

/** Fields of a content that no caller sees. */
const hidden = ['blobKey'];

/** An object as the public API shows it. @param states of message servers, where they could be asked for */
export function viewOf(object: ConfigurationObject, states?: ServerStateByKey): Record<string, unknown> {
  const { kind, key, content, version, createdAt, updatedAt } = object;
  return {
    key,
    ...Object.fromEntries(Object.entries(content).filter(([name]) => !hidden.includes(name))),
    ...(kind === 'message-server' && { hasPassword: object.hasSecret, state: states?.[key] ?? null }),
    ...(isPublishedKind(kind) && {
      publishedVersion: object.publishedVersion,
      isPublished: object.isPublished,
    }),
    version,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

/** A published version as the public API shows it. */
export function versionView({
  number,
  content,
  actor,
  publishedAt,
}: PublishedVersion): Record<string, unknown> {
  return { number, publishedAt: publishedAt.toISOString(), actor, content };
}

/** Fields that a body may repeat from a read, and that are no content. */
export const readOnlyFields = [
  'key',
  'version',
  'createdAt',
  'updatedAt',
  'publishedVersion',
  'isPublished',
  'hasPassword',
];

/** Fields of a read that a body may repeat, and that change by themselves: whatever they are, they are left out. */
export const ignoredFields = ['state'];
