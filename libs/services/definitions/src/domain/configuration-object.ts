/** The kinds of configuration that a tenant keeps, each object under a key that never changes. */
export const kinds = [
  'message-server',
  'sender',
  'recipient-key',
  'password-key',
  'message-template',
  'image',
  'invoice-transformation',
  'message-definition',
] as const;
export type Kind = (typeof kinds)[number];

/** Kinds with a draft and published versions; the others take effect when they are saved. */
export const publishedKinds = ['message-template', 'invoice-transformation', 'message-definition'] as const;
export type PublishedKind = (typeof publishedKinds)[number];

export const isPublishedKind = (kind: Kind): kind is PublishedKind =>
  (publishedKinds as readonly Kind[]).includes(kind);

/** What people call a kind, for error texts. */
export const nameOfKind = (kind: Kind): string => kind.replaceAll('-', ' ');

/** What a kind keeps, without key and bookkeeping: the fields of its contract. */
export type Content = Readonly<Record<string, unknown>>;

/** One object as it is stored. */
export interface ConfigurationObject {
  readonly kind: Kind;
  readonly key: string;
  /** Grows with each change; the ETag. */
  readonly version: number;
  /** The draft, where the kind has one. */
  readonly content: Content;
  /** Number of the newest published version, null before the first. */
  readonly publishedVersion: number | null;
  /** Whether the draft is what is published. */
  readonly isPublished: boolean;
  readonly hasSecret: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A published version never changes. */
export interface PublishedVersion {
  readonly number: number;
  readonly content: Content;
  readonly actor: string | null;
  readonly publishedAt: Date;
}
