import type { customerClusterLine, customerLine, Import, ImportKind, invoiceLine } from '@mailrun/contracts';
import { getImport, putDocument, startImport } from '@mailrun/contracts';
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { ApiClient } from '../client/api-client.js';
import { inParallel } from '../client/in-parallel.js';
import type { System } from '../system/system.js';
import { until } from '../system/until.js';
import { markOf } from './document-mark.js';
import { smallPdf } from './small-pdf.js';

export type ClusterLine = z.input<typeof customerClusterLine>;
export type CustomerLine = z.input<typeof customerLine>;
export type InvoiceLine = z.input<typeof invoiceLine>;

/** What a billing company has before it mails anything. */
export interface BillingData {
  readonly clusters: readonly ClusterLine[];
  readonly customers: readonly CustomerLine[];
  readonly invoices: readonly InvoiceLine[];
}

export interface CompanyOptions {
  /** Unique in a scenario; stands in each of its documents. */
  readonly name: string;
  readonly mode?: 'test' | 'live';
}

const uploadsAtOnce = 8;

/** A tenant, with the little that only its own people know: which passwords it agreed with its customers. */
export class BillingCompany {
  private constructor(
    readonly name: string,
    readonly mode: 'test' | 'live',
    readonly tenantId: string,
    readonly api: ApiClient,
  ) {}

  static async create(system: System, { name, mode = 'live' }: CompanyOptions): Promise<BillingCompany> {
    const { testAddress } = BillingCompany.addressesOf(name);
    const tenant = await system.createTenant({ name, mode, testAddress });
    return new BillingCompany(name, mode, tenant.tenantId, new ApiClient(system.api, tenant.apiKey));
  }

  /** The same company, calling with another API key. */
  withKey(apiKey: string): ApiClient {
    return new ApiClient(this.api.base, apiKey);
  }

  get senderAddress(): string {
    return BillingCompany.addressesOf(this.name).senderAddress;
  }

  get testAddress(): string {
    return BillingCompany.addressesOf(this.name).testAddress;
  }

  /** Differs from company to company, also for customers of the same code. */
  passwordOf(customerCode: string): string {
    return `${this.name}/${customerCode}!secret`;
  }

  /** @throws when a line is refused */
  async load({ clusters, customers, invoices }: BillingData): Promise<void> {
    await this.importAll('clusters', clusters);
    await this.importAll('customers', customers);
    await this.importAll('invoices', invoices);
  }

  /** What became of the lines, refused ones included. */
  async import(kind: ImportKind, lines: readonly object[]): Promise<Import> {
    const content = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    const bytes = { content, type: 'application/x-ndjson' };
    const started = await this.api.call(startImport, { params: { kind } }, { bytes });
    return until(`the import of ${kind} to end`, async () => {
      const now = await this.api.call(getImport, { params: { id: started.id } });
      return now.state === 'running' ? undefined : now;
    });
  }

  /** A PDF for each invoice that names company, invoice and customer. */
  async uploadPdfs(invoices: readonly InvoiceLine[], transformationKey: string): Promise<void> {
    await inParallel(invoices, uploadsAtOnce, ({ code, customerCode = '' }) =>
      this.uploadDocument(
        code,
        transformationKey,
        smallPdf(markOf({ company: this.name, invoice: code, customer: customerCode })),
      ),
    );
  }

  async uploadDocument(code: string, transformationKey: string, content: Buffer): Promise<void> {
    const sha256 = createHash('sha256').update(content).digest('hex');
    await this.api.call(
      putDocument,
      {
        params: { code, transformationKey },
        query: { sha256, fileName: `${transformationKey}-${code}.pdf` },
      },
      { bytes: { content, type: 'application/pdf' } },
    );
  }

  /** @throws when a line is refused */
  async importAll(kind: ImportKind, lines: readonly object[]): Promise<void> {
    const result = await this.import(kind, lines);
    const [first] = result.refusals;
    if (result.state !== 'completed' || result.refused > 0)
      throw new Error(`The import of ${kind} is ${result.state}; first refusal: ${JSON.stringify(first)}`);
  }

  private static addressesOf(name: string) {
    const domain = `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.example`;
    return { senderAddress: `billing@${domain}`, testAddress: `test@${domain}` };
  }
}
