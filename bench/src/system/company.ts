import { createHash } from 'node:crypto';
import type {
  customerLine,
  invoiceLine,
  invoiceTransformationBody,
  messageDefinitionBody,
  messageRunBody,
  messageServerBody,
  messageTemplateBody,
  senderBody,
  MessageRun,
} from '@mailrun/contracts';
import type { z } from 'zod';
import { invoiceDocument } from '../content/documents.js';
import type { ApiClient } from './api-client.js';

export interface CompanyOptions {
  readonly sink: { readonly host: string; readonly port: number };
  readonly connections: number;
  /** Mails carry a document of this size in an encrypted zip; without it they are plain. */
  readonly documentBytes?: number;
}

export const clusterCode = 'ALL';
/** Of invoices that a benchmark writes as rows. */
export const invoiceRowsMonth = '2025-03';
const definitionKey = 'monthly-invoice';
const pdfKey = 'invoice-pdf';
const uploadsAtOnce = 8;
const linesOfAnImport = 50_000;

/** A mail of 1.5 kB with a few values of its own. */
const html =
  '<p>Dear @customer.name,</p>\n<p>your invoice @invoice.number over @invoice.total @invoice.currency is ready.</p>\n' +
  '<p>Thank you for your business with us.</p>\n'.repeat(26) +
  '<p>Kind regards</p>';

/** One billing company with customers of one invoice each; sets up what it needs through the public API. */
export class Company {
  private customers = 0;

  constructor(
    private readonly api: ApiClient,
    private readonly options: CompanyOptions,
  ) {}

  async setUp(): Promise<void> {
    const { sink, connections, documentBytes } = this.options;
    const isEncrypted = documentBytes !== undefined;
    const server: z.input<typeof messageServerBody> = {
      kind: 'smtp',
      host: sink.host,
      port: sink.port,
      tls: 'none',
      maxConnections: connections,
    };
    await this.put('message-servers/main', server);
    const sender: z.input<typeof senderBody> = { address: 'billing@company.test', serverKey: 'main' };
    await this.put('senders/billing', sender);
    await this.put('recipient-keys/InvoiceEmail', { name: 'Receives invoices' });
    await this.put('password-keys/ZIP', { name: 'Opens archives' });
    const template: z.input<typeof messageTemplateBody> = {
      name: 'Invoice',
      subject: 'Your invoice @(invoice.number)',
      html,
    };
    await this.publish('message-templates/invoice', template);
    const transformation: z.input<typeof invoiceTransformationBody> = {
      name: 'Invoice as PDF',
      fileNamePattern: 'Invoice-@(invoice.number).pdf',
    };
    await this.publish(`invoice-transformations/${pdfKey}`, transformation);
    const definition: z.input<typeof messageDefinitionBody> = {
      name: 'Monthly invoice',
      fromKey: 'billing',
      recipientKey: 'InvoiceEmail',
      templateKey: 'invoice',
      transformationKeys: isEncrypted ? [pdfKey] : [],
      ...(isEncrypted && {
        zip: true,
        passwordKey: 'ZIP',
        archiveNamePattern: 'Invoice-@(invoice.number).zip',
      }),
    };
    await this.publish(`message-definitions/${definitionKey}`, definition);
    await this.api.importLines('clusters', [{ code: clusterCode, name: 'All customers' }]);
  }

  /** So many new customers with one approved invoice each of the month, and its document. */
  async addInvoices(count: number, month: string): Promise<void> {
    const first = this.customers;
    this.customers += count;
    for (let at = 0; at < count; at += linesOfAnImport) {
      const numbers = Array.from({ length: Math.min(linesOfAnImport, count - at) }, (_, i) => first + at + i);
      await this.api.importLines('customers', numbers.map(customerOf));
      await this.api.importLines(
        'invoices',
        numbers.map((number) => invoiceOf(number, month)),
      );
    }
    const { documentBytes } = this.options;
    if (documentBytes === undefined) return;
    const waiting = Array.from({ length: count }, (_, i) => first + i).values();
    const upload = async () => {
      for (const number of waiting) await this.upload(number, documentBytes);
    };
    await Promise.all(Array.from({ length: uploadsAtOnce }, upload));
  }

  /** A run over the month's invoices, prepared. */
  async prepare(month: string): Promise<MessageRun> {
    const body: z.input<typeof messageRunBody> = {
      definitionKey,
      selection: { clusterCode, ...periodOf(month) },
    };
    const { id } = await this.api.call<MessageRun>('POST', '/v1/message-runs', body);
    await this.api.call('POST', `/v1/message-runs/${id}/prepare`, {});
    const run = await this.api.follow(id, ['preparing']);
    if (run.state !== 'prepared') throw new Error(`The run is ${run.state}: ${run.statusText}`);
    return run;
  }

  /**
   * Starts a prepared run and waits for its end. @param mayBeUncertain mails whose connection was cut after the final dot
   * @throws when not every other mail was sent
   */
  async send(run: MessageRun, mayBeUncertain = 0): Promise<MessageRun> {
    const expectedMessages = run.expectedMessages ?? 0;
    await this.api.call('POST', `/v1/message-runs/${run.id}/start`, {
      preparationId: run.preparationId,
      expectedMessages,
    });
    const ended = await this.api.follow(run.id, ['prepared', 'running']);
    const count = (wanted: string) => ended.messages.find(({ status }) => status === wanted)?.count ?? 0;
    const uncertain = count('uncertain');
    if (
      ended.state !== 'completed' ||
      uncertain > mayBeUncertain ||
      count('sent') + uncertain !== expectedMessages
    )
      throw new Error(`The run is ${ended.state} with ${JSON.stringify(ended.messages)}.`);
    return ended;
  }

  private async upload(number: number, sizeBytes: number): Promise<void> {
    const bytes = invoiceDocument(sizeBytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const query = new URLSearchParams({ fileName: `Invoice-${number}.pdf`, sha256 });
    const path = `/v1/invoices/${invoiceCode(number)}/documents/${pdfKey}?${query}`;
    await this.api.call('PUT', path, { bytes, type: 'application/pdf' });
  }

  private put(path: string, body: object): Promise<unknown> {
    return this.api.call('PUT', `/v1/${path}`, body);
  }

  private async publish(path: string, body: object): Promise<void> {
    await this.put(path, body);
    await this.api.call('POST', `/v1/${path}/publish`, {});
  }
}

const invoiceCode = (number: number) => `I${number}`;

const customerOf = (number: number): z.input<typeof customerLine> => ({
  code: `C${number}`,
  name: `Customer ${number}`,
  clusterCode,
  emails: { InvoiceEmail: [{ address: `customer-${number}@customers.test` }] },
  passwords: { ZIP: `Secret-${number}!` },
});

const invoiceOf = (number: number, month: string): z.input<typeof invoiceLine> => ({
  code: invoiceCode(number),
  number: `INV-${number}`,
  customerCode: `C${number}`,
  ...periodOf(month),
  status: 'approved',
  currency: 'EUR',
  total: '413.70',
  data: { lines: [{ description: 'Subscription', quantity: 1, unitPrice: '413.70', amount: '413.70' }] },
});

const periodOf = (month: string) => ({ periodFirstDay: `${month}-01`, periodLastDay: `${month}-28` });
