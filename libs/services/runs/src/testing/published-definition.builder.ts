import type { PublishedDefinition } from '@mailrun/contracts';

/** A definition that mails one uploaded PDF to `InvoiceEmail`; say what differs. */
export function publishedDefinition(
  change: Partial<PublishedDefinition['content']> & {
    readonly key?: string;
    readonly transformations?: PublishedDefinition['transformations'];
    readonly messagesPerMinute?: number | null;
  } = {},
): PublishedDefinition {
  const { key = 'monthly', messagesPerMinute = null, ...content } = change;
  const transformations = change.transformations ?? [
    { key: 'invoice-pdf', version: 1, fileNamePattern: 'Invoice-@(invoice.number).pdf' },
  ];
  const passwordKey = content.passwordKey ?? null;
  return {
    definition: { key, version: 1, name: 'Monthly invoices' },
    sender: { fromKey: 'billing', address: 'billing@billing.example', serverKey: 'main' },
    template: { key: 'monthly', version: 1, subject: 'Your invoice', text: 'Hello' },
    transformations,
    images: [],
    zip: content.zip ?? passwordKey !== null,
    ...(passwordKey !== null && { passwordKey }),
    inDoubtPolicy: content.inDoubtPolicy ?? 'hold',
    content: {
      name: 'Monthly invoices',
      fromKey: 'billing',
      recipientKey: 'InvoiceEmail',
      templateKey: 'monthly',
      transformationKeys: transformations.map((transformation) => transformation.key),
      zip: passwordKey !== null,
      archiveNamePattern: null,
      passwordKey,
      collate: false,
      whenNoRecipient: 'gap',
      whenNoDocument: 'gap',
      whenDocumentMissing: 'skip',
      inDoubtPolicy: 'hold',
      giveUpAfterHours: 72,
      ...content,
    },
    messagesPerMinute,
  };
}
