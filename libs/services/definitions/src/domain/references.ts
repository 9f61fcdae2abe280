import type { Content, Kind } from './configuration-object.js';

/** One object that another names. */
export interface Reference {
  readonly kind: Kind;
  readonly key: string;
  /** JSON pointer of the field that names it. */
  readonly pointer: string;
}

/** Fields that name other objects, by kind. */
const fields: Readonly<Partial<Record<Kind, Readonly<Record<string, Kind>>>>> = {
  sender: { serverKey: 'message-server' },
  'message-definition': {
    fromKey: 'sender',
    recipientKey: 'recipient-key',
    templateKey: 'message-template',
    transformationKeys: 'invoice-transformation',
    passwordKey: 'password-key',
  },
};

/** Everything that an object names, for checks that it exists and that it is not removed. */
export function referencesOf(kind: Kind, content: Content): Reference[] {
  if (kind === 'message-template') {
    return imagesNamedIn(String(content['html'] ?? '')).map((key) => ({
      kind: 'image',
      key,
      pointer: '/html',
    }));
  }
  return Object.entries(fields[kind] ?? {}).flatMap(([field, target]): Reference[] => {
    const value = content[field];
    if (Array.isArray(value)) {
      return value.map((key, index) => ({ kind: target, key: String(key), pointer: `/${field}/${index}` }));
    }
    return typeof value === 'string' ? [{ kind: target, key: value, pointer: `/${field}` }] : [];
  });
}

/** Images that a body names, as `cid:<key>` or `@image("<key>")`. */
export function imagesNamedIn(html: string): string[] {
  const named = [
    ...html.matchAll(/\bcid:([A-Za-z0-9][A-Za-z0-9._-]*)/g),
    ...html.matchAll(/\bimage\(\s*["']([A-Za-z0-9][A-Za-z0-9._-]*)["']\s*\)/g),
  ].map((match) => match[1] ?? '');
  return [...new Set(named)];
}
