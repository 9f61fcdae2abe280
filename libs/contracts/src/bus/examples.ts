/** One story: Köhler's invoice 2025/00123 on its way. The catalogue prints these, tests build on them. */
const hash = 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9';
const tenantId = '019351a0-0000-7000-8000-000000000001';
const runId = '019351a0-0000-7000-8000-000000000010';
const messageId = '019351a0-0000-7000-8000-000000000100';
const documentId = '019351a0-0000-7000-8000-000000000200';
const preparationId = '019351a0-0000-7000-8000-000000000020';
const at = '2025-06-01T08:00:00.000Z';
const pins = { key: `pins/${tenantId}/${runId}/${hash}.json`, sha256: hash, sizeBytes: 4200 };
const content = { key: `documents/${tenantId}/${hash}`, sha256: hash, sizeBytes: 51_200 };
const password = { keyId: 'k1', ciphertext: 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ' };
const recipients = [{ kind: 'to' as const, address: 'leonekohler@surfeu.de.example', name: 'Leonie Köhler' }];

export const exampleHeaders = {
  tenantId,
  mode: 'live' as const,
  runId,
  round: 1,
  producedAt: at,
  fedAt: at,
};

export const customer = {
  id: '019351a0-0000-7000-8000-000000000300',
  code: 'C0002',
  name: 'Leonie Köhler',
  clusterCode: 'GERMANY',
  locale: 'de-DE',
  metadata: { segment: 'private' },
};

export const invoice = {
  id: '019351a0-0000-7000-8000-000000000400',
  code: '2025/00123',
  number: 'INV-00123',
  revision: 1,
  periodFirstDay: '2025-05-01',
  periodLastDay: '2025-05-31',
  issueDate: '2025-06-01',
  currency: 'EUR',
  total: '13.86',
  data: { lines: [{ description: 'Balls to the Wall', quantity: 1, unitPrice: '0.99' }] },
};

export const makeDocuments = {
  documentId,
  preparationId,
  transformationKey: 'invoice-csv',
  pins,
  customer,
  invoice,
};

export const documentMade = {
  documentId,
  preparationId,
  result: {
    kind: 'made' as const,
    content,
    contentType: 'text/csv; charset=utf-8',
    fileName: 'INV-00123.csv',
  },
};

export const documentFailed = {
  documentId,
  preparationId,
  result: {
    kind: 'failed' as const,
    failure: {
      code: 'template.failed',
      detail: 'model.invoice.data.taxes is undefined.',
      stage: 'render' as const,
      line: 12,
      column: 5,
    },
  },
};

export const renderMessage = {
  messageId,
  copy: 1,
  pins,
  customer,
  invoices: [invoice],
  recipients,
  documents: [
    {
      transformationKey: 'invoice-pdf',
      invoiceId: invoice.id,
      content,
      contentType: 'application/pdf',
      fileName: 'INV-00123.pdf',
    },
  ],
  password,
};

export const packageMessage = {
  messageId,
  copy: 1,
  pins,
  customer: { id: customer.id, code: customer.code },
  subject: 'Ihre Rechnung INV-00123',
  html: '<p>Guten Tag Leonie Köhler</p>',
  text: 'Guten Tag Leonie Köhler',
  recipients,
  attachments: [{ fileName: 'INV-00123.pdf', contentType: 'application/pdf', content }],
  archiveName: 'INV-00123.zip',
  password,
};

const copyOfMail = { messageId, copy: 1 };
const messageIdHeader = '<019351a0-0000-7000-8000-000000000100.1@billing.example>';

export const dispatchSealed = {
  ...copyOfMail,
  content: {
    kind: 'sealed' as const,
    transport: 'smtp' as const,
    serverKey: 'main',
    fromKey: 'billing',
    inDoubtPolicy: 'hold' as const,
    messageIdHeader,
    subject: 'Ihre Rechnung INV-00123',
    envelopeFrom: 'billing@billing.example',
    recipients: recipients.map(({ kind, address }) => ({ kind, address })),
    sha256: hash,
    sizeBytes: 72_000,
    bytes: { blobKey: `sealed/${tenantId}/${messageId}/1/${hash}` },
  },
};

export const dispatchRefused = {
  ...copyOfMail,
  content: {
    kind: 'refused' as const,
    failure: {
      code: 'package.password-missing',
      detail: 'The definition asks for a password, and the message has none.',
      stage: 'package' as const,
    },
  },
};

export const outcomeSent = {
  ...copyOfMail,
  revision: 3,
  state: 'sent' as const,
  at,
  attempts: 1,
  serverKey: 'main',
  messageIdHeader,
  sizeBytes: 72_000,
  reply: { code: 'smtp.accepted', smtpCode: 250, enhancedCode: '2.0.0', serverText: 'Ok: queued as 1A2B3C' },
  recipients: [{ kind: 'to' as const, address: 'leonekohler@surfeu.de.example', state: 'accepted' as const }],
};

export const outcomeDeferred = {
  ...copyOfMail,
  revision: 2,
  state: 'deferred' as const,
  at,
  nextTryAt: '2025-06-01T08:05:00.000Z',
  attempts: 1,
  serverKey: 'main',
  reply: {
    code: 'smtp.try-later',
    stage: 'rcpt',
    smtpCode: 451,
    enhancedCode: '4.7.1',
    serverText: 'Greylisted, try again later',
  },
  recipients: [{ kind: 'to' as const, address: 'leonekohler@surfeu.de.example', state: 'deferred' as const }],
};

export const runControl = { runId, round: 1, revision: 4, state: 'paused' as const };

export const runEvent = {
  runId,
  type: 'run.completed' as const,
  state: 'completed',
  at,
  messages: { sent: 392 },
  invoices: { sent: 392, skipped: 20 },
};
