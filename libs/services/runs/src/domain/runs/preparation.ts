import type { PublishedDefinition } from '@mailrun/contracts';

/** What a preparation needs of its definition to judge invoices: pinned with it. */
export interface PreparedDefinition {
  readonly key: string;
  readonly recipientKey: string;
  readonly passwordKey: string | null;
  readonly collate: boolean;
  readonly whenNoRecipient: 'gap' | 'not-the-group';
  readonly whenNoDocument: 'gap' | 'not-the-group';
  readonly whenDocumentMissing: 'skip' | 'send';
  /** In the order of attachments. */
  readonly transformations: readonly {
    readonly key: string;
    readonly version: number;
    /** Mailrun makes what was not uploaded. */
    readonly hasTemplate: boolean;
  }[];
}

export function preparedDefinition({
  definition,
  content,
  transformations,
}: PublishedDefinition): PreparedDefinition {
  return {
    key: definition.key,
    recipientKey: content.recipientKey,
    passwordKey: content.passwordKey,
    collate: content.collate,
    whenNoRecipient: content.whenNoRecipient,
    whenNoDocument: content.whenNoDocument,
    whenDocumentMissing: content.whenDocumentMissing,
    transformations: transformations.map(({ key, version, template }) => ({
      key,
      version,
      hasTemplate: template !== undefined,
    })),
  };
}

/** Whether Mailrun makes any document of the definition. */
export const makesDocuments = ({ transformations }: PreparedDefinition): boolean =>
  transformations.some(({ hasTemplate }) => hasTemplate);

/** By whom no document is meant: only where none can be made is an invoice without one not of the group. */
export const excludesWithoutDocument = (definition: PreparedDefinition): boolean =>
  definition.whenNoDocument === 'not-the-group' &&
  definition.transformations.length > 0 &&
  !makesDocuments(definition);
