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

export type ServerSettings = Partial<z.input<typeof messageServerBody>>;
type TemplateBody = z.input<typeof messageTemplateBody>;
export type DefinitionBody = z.input<typeof messageDefinitionBody>;

/** Keys of what decides how and through which server mails leave. */
export type MailingKeys = Readonly<Record<'server' | 'from' | 'encrypted' | 'plain', string>>;

/** All that staff set up once, before the first run. */
export async function setUp(
  company: BillingCompany,
  mailServer: MailServerAddress,
  serverSettings: ServerSettings = {},
): Promise<void> {
  await setUpContent(company);
  await setUpMailing(company, mailServer, serverSettings);
}

/** What is in the mails. */
export async function setUpContent(company: BillingCompany): Promise<void> {
  const { api } = company;
  await api.call(recipientKeyRoutes.put, { params: { key: keys.recipient }, body: { name: 'Invoices' } });
  await api.call(passwordKeyRoutes.put, { params: { key: keys.password }, body: { name: 'Archives' } });
  await publishTemplate(company, keys.template, {
    name: 'Your invoice',
    subject: `Invoice @(invoice.number) for @(customer.name) ${markTemplate(company.name)}`,
    html: `<p>Dear @customer.name,</p><p>invoice ${markTemplate(company.name)} over @money(invoice.total).</p>`,
    text: `Dear @customer.name,\n\ninvoice ${markTemplate(company.name)} over @money(invoice.total).\n`,
  });
  await publishTransformations(company);
}

/** A way for mails to leave: a server, a sender, and a definition of each kind. There can be several, with other keys. */
export async function setUpMailing(
  company: BillingCompany,
  mailServer: MailServerAddress,
  serverSettings: ServerSettings = {},
  names: MailingKeys = keys,
  policies: Partial<DefinitionBody> = {},
): Promise<void> {
  const { host, port } = mailServer;
  await putServer(company, { host, port, ...serverSettings }, names.server);
  await company.api.call(senderRoutes.put, {
    params: { key: names.from },
    body: { address: company.senderAddress, displayName: company.name, serverKey: names.server },
  });
  const { recipient: recipientKey, template: templateKey } = keys;
  const shared = { fromKey: names.from, recipientKey, templateKey, ...policies };
  await publishDefinition(company, names.encrypted, {
    name: 'Monthly invoice',
    ...shared,
    transformationKeys: [keys.pdf, keys.csv],
    zip: true,
    archiveNamePattern: 'Invoice-@(invoice.code).zip',
    passwordKey: keys.password,
  });
  await publishDefinition(company, names.plain, { name: 'Short notice', ...shared });
}

/** @param ifMatch the version that is changed, or `*`; needed once there is one */
export async function putServer(
  company: BillingCompany,
  settings: ServerSettings,
  key: string = keys.server,
  ifMatch?: string,
): Promise<void> {
  const body = { tls: 'none', ...settings } as z.input<typeof messageServerBody>;
  await company.api.call(
    messageServerRoutes.put,
    { params: { key }, body },
    ifMatch === undefined ? {} : { ifMatch },
  );
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
