import {
  invoiceTransformationRoutes,
  messageDefinitionRoutes,
  messageServerRoutes,
  messageTemplateRoutes,
  passwordKeyRoutes,
  recipientKeyRoutes,
  senderRoutes,
  type messageDefinitionBody,
  type messageServerBody,
  type messageTemplateBody,
} from '@mailrun/contracts';
import type { z } from 'zod';
import type { BillingCompany } from './billing-company.js';
import { markTemplate } from './document-mark.js';

/** Keys that every company of these tests has. */
export const keys = {
  server: 'mail',
  from: 'billing',
  recipient: 'InvoiceEmail',
  password: 'InvoicePassword',
  template: 'invoice-mail',
  pdf: 'invoice-pdf',
  csv: 'invoice-csv',
  /** Both documents in an encrypted archive. */
  encrypted: 'monthly-invoice',
  /** A small mail without attachment. */
  plain: 'short-notice',
} as const;

export interface MailServerAddress {
  readonly host: string;
  readonly port: number;
}

type ServerSettings = Partial<z.input<typeof messageServerBody>>;
type TemplateBody = z.input<typeof messageTemplateBody>;
type DefinitionBody = z.input<typeof messageDefinitionBody>;

/** All that staff set up once, before the first run. */
export async function setUp(
  company: BillingCompany,
  mailServer: MailServerAddress,
  serverSettings: ServerSettings = {},
): Promise<void> {
  const { api } = company;
  const { host, port } = mailServer;
  await putServer(company, { host, port, ...serverSettings });
  await api.call(senderRoutes.put, {
    params: { key: keys.from },
    body: { address: company.senderAddress, displayName: company.name, serverKey: keys.server },
  });
  await api.call(recipientKeyRoutes.put, { params: { key: keys.recipient }, body: { name: 'Invoices' } });
  await api.call(passwordKeyRoutes.put, { params: { key: keys.password }, body: { name: 'Archives' } });
  await publishTemplate(company, keys.template, {
    name: 'Your invoice',
    subject: `Invoice @(invoice.number) for @(customer.name) ${markTemplate(company.name)}`,
    html: `<p>Dear @customer.name,</p><p>invoice ${markTemplate(company.name)} over @money(invoice.total).</p>`,
    text: `Dear @customer.name,\n\ninvoice ${markTemplate(company.name)} over @money(invoice.total).\n`,
  });
  await publishTransformations(company);
  const { from: fromKey, recipient: recipientKey, template: templateKey } = keys;
  await publishDefinition(company, keys.encrypted, {
    name: 'Monthly invoice',
    ...{ fromKey, recipientKey, templateKey },
    transformationKeys: [keys.pdf, keys.csv],
    zip: true,
    archiveNamePattern: 'Invoice-@(invoice.code).zip',
    passwordKey: keys.password,
  });
  await publishDefinition(company, keys.plain, {
    name: 'Short notice',
    ...{ fromKey, recipientKey, templateKey },
  });
}

export async function putServer(company: BillingCompany, settings: ServerSettings): Promise<void> {
  await company.api.call(messageServerRoutes.put, {
    params: { key: keys.server },
    body: { tls: 'none', ...settings } as z.input<typeof messageServerBody>,
  });
}

async function publishTransformations({ api, name }: BillingCompany): Promise<void> {
  const bodies = {
    [keys.pdf]: { name: 'Invoice (uploaded)', fileNamePattern: 'Invoice-@(invoice.code).pdf' },
    [keys.csv]: {
      name: 'Lines of the invoice',
      template: `@(csv.row(['Invoice', 'Total']))\n@(csv.row([invoice.code, invoice.total])) ${markTemplate(name)}\n`,
      outputType: 'csv' as const,
      fileNamePattern: 'Invoice-@(invoice.code).csv',
    },
  };
  for (const [key, body] of Object.entries(bodies)) {
    await api.call(invoiceTransformationRoutes.put, { params: { key }, body });
    await api.call(invoiceTransformationRoutes.publish, { params: { key }, body: {} });
  }
}

export async function publishTemplate({ api }: BillingCompany, key: string, body: TemplateBody) {
  await api.call(messageTemplateRoutes.put, { params: { key }, body });
  await api.call(messageTemplateRoutes.publish, { params: { key }, body: {} });
}

export async function publishDefinition({ api }: BillingCompany, key: string, body: DefinitionBody) {
  await api.call(messageDefinitionRoutes.put, { params: { key }, body });
  await api.call(messageDefinitionRoutes.publish, { params: { key }, body: {} });
}
