import type {
  invoiceTransformationBody,
  messageDefinitionBody,
  messageServerBody,
  messageTemplateBody,
  senderBody,
  Tenant,
} from '@mailrun/contracts';
import type { z } from 'zod';
import type { BackOffice } from '../back-office.js';
import { passwordKey, recipientKey } from '../billing-data.js';
import { ensure, ensureImage, ensurePublished } from './ensure.js';
import {
  csvKey,
  definitionKey,
  fromKey,
  invoiceMailKey,
  logoKey,
  pdfKey,
  reminderKey,
  serverKey,
} from './keys.js';
import { invoiceCsv, invoiceMail, paymentReminder } from './templates.js';

const connections = 10;

/** Mail to reach customers: in test mode it would go to the test address only. */
async function goLive(office: BackOffice): Promise<void> {
  const { body, etag } = await office.call<Tenant>({ method: 'GET', path: '/v1/tenant' });
  if (body.mode === 'live') return;
  const ifMatch = etag === undefined ? {} : { ifMatch: etag };
  await office.call({ method: 'PUT', path: '/v1/tenant', body: { ...body, mode: 'live' }, ...ifMatch });
}

/** All that staff would set up once: where mail goes out, as whom, and what it looks like. */
export async function setUpConfiguration(
  office: BackOffice,
  mailCatcher: { readonly host: string; readonly port: number },
  logo: Buffer,
): Promise<void> {
  await goLive(office);
  const server: z.input<typeof messageServerBody> = {
    kind: 'smtp',
    ...{ host: mailCatcher.host, port: mailCatcher.port },
    tls: 'none',
    maxConnections: connections,
  };
  await ensure(office, `/v1/message-servers/${serverKey}`, server);
  const sender: z.input<typeof senderBody> = {
    address: 'billing@chinook.example',
    displayName: 'Chinook Music Store',
    serverKey,
  };
  await ensure(office, `/v1/senders/${fromKey}`, sender);
  await ensure(office, `/v1/recipient-keys/${recipientKey}`, { name: 'Receives invoices' });
  await ensure(office, `/v1/password-keys/${passwordKey}`, { name: 'Opens archives with invoices' });
  await ensureImage(office, `/v1/images/${logoKey}`, logo, 'image/png');
  await setUpContent(office);
}

async function setUpContent(office: BackOffice): Promise<void> {
  const templates: Record<string, z.input<typeof messageTemplateBody>> = {
    [invoiceMailKey]: invoiceMail,
    [reminderKey]: paymentReminder,
  };
  for (const [key, template] of Object.entries(templates)) {
    await ensurePublished(office, `/v1/message-templates/${key}`, template);
  }
  const transformations: Record<string, z.input<typeof invoiceTransformationBody>> = {
    [pdfKey]: { name: 'Invoice as PDF (uploaded)', fileNamePattern: 'Invoice-@(invoice.number).pdf' },
    [csvKey]: {
      name: 'Lines of the invoice as CSV',
      template: invoiceCsv,
      outputType: 'csv',
      fileNamePattern: 'Invoice-@(invoice.number).csv',
    },
  };
  for (const [key, transformation] of Object.entries(transformations)) {
    await ensurePublished(office, `/v1/invoice-transformations/${key}`, transformation);
  }
  const definition: z.input<typeof messageDefinitionBody> = {
    name: 'Monthly invoice',
    fromKey,
    recipientKey,
    templateKey: invoiceMailKey,
    transformationKeys: [pdfKey, csvKey],
    zip: true,
    archiveNamePattern: 'Invoice-@(invoice.number).zip',
    passwordKey,
  };
  await ensurePublished(office, `/v1/message-definitions/${definitionKey}`, definition);
}
