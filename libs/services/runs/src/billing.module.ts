import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { BillingSettings } from './application/billing-settings.js';
import { DeleteCustomerCluster } from './application/delete-customer-cluster/delete-customer-cluster.use-case.js';
import { DeleteCustomer } from './application/delete-customer/delete-customer.use-case.js';
import { DeleteDocument } from './application/delete-document/delete-document.use-case.js';
import { ImportLines } from './application/import-lines/import-lines.use-case.js';
import { MergeClusters } from './application/merge-clusters/merge-clusters.js';
import { CustomerPasswords } from './application/merge-customers/customer-passwords.js';
import { MergeCustomers } from './application/merge-customers/merge-customers.js';
import { MergeInvoices } from './application/merge-invoices/merge-invoices.js';
import { BillingLocks } from './application/ports/billing-locks.port.js';
import { CustomerClusterReads } from './application/ports/customer-cluster-reads.port.js';
import { CustomerClusterStore } from './application/ports/customer-cluster-store.port.js';
import { CustomerReads } from './application/ports/customer-reads.port.js';
import { CustomerStore } from './application/ports/customer-store.port.js';
import { DocumentContents } from './application/ports/document-contents.port.js';
import { DocumentReads } from './application/ports/document-reads.port.js';
import { DocumentStore } from './application/ports/document-store.port.js';
import { ImportReads } from './application/ports/import-reads.port.js';
import { ImportStore } from './application/ports/import-store.port.js';
import { InvoiceReads } from './application/ports/invoice-reads.port.js';
import { InvoiceStore } from './application/ports/invoice-store.port.js';
import { KnownKeys } from './application/ports/known-keys.port.js';
import { PutCustomerCluster } from './application/put-customer-cluster/put-customer-cluster.use-case.js';
import { PutCustomer } from './application/put-customer/put-customer.use-case.js';
import { PutInvoice } from './application/put-invoice/put-invoice.use-case.js';
import { ReadDocument } from './application/read-document/read-document.use-case.js';
import { ReopenInvoice } from './application/reopen-invoice/reopen-invoice.use-case.js';
import { UploadDocument } from './application/upload-document/upload-document.use-case.js';
import { CustomerClustersController } from './inbound/billing/customer-clusters.controller.js';
import { CustomersController } from './inbound/billing/customers.controller.js';
import { DocumentsController } from './inbound/billing/documents.controller.js';
import { ImportsController } from './inbound/billing/imports.controller.js';
import { InvoicesController } from './inbound/billing/invoices.controller.js';
import { BlobDocumentContents } from './outbound/billing/document-contents.blobs.js';
import { HttpKnownKeys } from './outbound/billing/known-keys.http.js';
import { PostgresBillingLocks } from './outbound/postgres/billing/billing-locks.postgres.js';
import { PostgresCustomerClusterReads } from './outbound/postgres/billing/customer-cluster-reads.postgres.js';
import { PostgresCustomerClusterStore } from './outbound/postgres/billing/customer-cluster-store.postgres.js';
import { PostgresCustomerReads } from './outbound/postgres/billing/customer-reads.postgres.js';
import { PostgresCustomerStore } from './outbound/postgres/billing/customer-store.postgres.js';
import { PostgresDocumentReads } from './outbound/postgres/billing/document-reads.postgres.js';
import { PostgresDocumentStore } from './outbound/postgres/billing/document-store.postgres.js';
import { PostgresImportReads } from './outbound/postgres/billing/import-reads.postgres.js';
import { PostgresImportStore } from './outbound/postgres/billing/import-store.postgres.js';
import { PostgresInvoiceReads } from './outbound/postgres/billing/invoice-reads.postgres.js';
import { PostgresInvoiceStore } from './outbound/postgres/billing/invoice-store.postgres.js';

export interface BillingModuleOptions {
  /** Modules that export Database, and BlobStore, RouteClient, SecretBox, CallAuthenticator where they are not global. */
  readonly imports: NonNullable<ModuleMetadata['imports']>;
  readonly settings: BillingSettings;
}

/** Billing data: clusters, customers, invoices, documents and their imports. */
@Module({})
export class BillingModule {
  static register({ imports, settings }: BillingModuleOptions): DynamicModule {
    return {
      module: BillingModule,
      imports,
      controllers: [
        CustomerClustersController,
        CustomersController,
        InvoicesController,
        DocumentsController,
        ImportsController,
      ],
      providers: [
        PutCustomerCluster,
        DeleteCustomerCluster,
        PutCustomer,
        DeleteCustomer,
        PutInvoice,
        ReopenInvoice,
        UploadDocument,
        ReadDocument,
        DeleteDocument,
        ImportLines,
        MergeClusters,
        MergeCustomers,
        MergeInvoices,
        CustomerPasswords,
        { provide: BillingSettings, useValue: settings },
        { provide: BillingLocks, useClass: PostgresBillingLocks },
        { provide: CustomerClusterStore, useClass: PostgresCustomerClusterStore },
        { provide: CustomerClusterReads, useClass: PostgresCustomerClusterReads },
        { provide: CustomerStore, useClass: PostgresCustomerStore },
        { provide: CustomerReads, useClass: PostgresCustomerReads },
        { provide: InvoiceStore, useClass: PostgresInvoiceStore },
        { provide: InvoiceReads, useClass: PostgresInvoiceReads },
        { provide: DocumentStore, useClass: PostgresDocumentStore },
        { provide: DocumentReads, useClass: PostgresDocumentReads },
        { provide: DocumentContents, useClass: BlobDocumentContents },
        { provide: ImportStore, useClass: PostgresImportStore },
        { provide: ImportReads, useClass: PostgresImportReads },
        { provide: KnownKeys, useClass: HttpKnownKeys },
      ],
      exports: [KnownKeys],
    };
  }
}
