import { z } from 'zod';
import { defineRoute } from '../http/route.js';
import {
  addressSchema,
  dateSchema,
  decimalSchema,
  keySchema,
  lineSchema,
  recipientKindSchema,
  sha256Schema,
  timestampSchema,
} from '../values.js';
import {
  codeParams,
  codeSchema,
  idParams,
  pageOf,
  pageQuery,
  readOnlyVersioned,
  versionedFields,
} from './common.js';

const service = 'runs' as const;

// Customer clusters

const clusterWritable = { name: lineSchema(200).min(1), parentCode: codeSchema.nullish() };
export const customerClusterSchema = z.object({
  code: codeSchema,
  name: z.string(),
  parentCode: codeSchema.nullable(),
  ...versionedFields,
});
export type CustomerCluster = z.infer<typeof customerClusterSchema>;
export const customerClusterBody = z.strictObject({
  ...clusterWritable,
  code: codeSchema.optional(),
  ...readOnlyVersioned,
});
/** A line of `POST /v1/imports/clusters`. */
export const customerClusterLine = z.strictObject({
  code: codeSchema,
  name: lineSchema(200).min(1).optional(),
  parentCode: codeSchema.nullish(),
});

const clusters = { tag: 'Customer clusters', service };
export const listCustomerClusters = defineRoute({
  ...clusters,
  id: 'listCustomerClusters',
  method: 'GET',
  path: '/v1/customer-clusters',
  summary: 'The clusters of the tree, by code.',
  scope: 'billing:read',
  query: z.strictObject({ ...pageQuery, parent: codeSchema.optional() }),
  response: { kind: 'json', status: 200, schema: pageOf(customerClusterSchema) },
});
export const getCustomerCluster = defineRoute({
  ...clusters,
  id: 'getCustomerCluster',
  method: 'GET',
  path: '/v1/customer-clusters/{code}',
  summary: 'One cluster.',
  scope: 'billing:read',
  params: codeParams,
  response: { kind: 'json', status: 200, schema: customerClusterSchema },
});
export const putCustomerCluster = defineRoute({
  ...clusters,
  id: 'putCustomerCluster',
  method: 'PUT',
  path: '/v1/customer-clusters/{code}',
  summary: 'Make, rename or move a cluster with all below it. Cycles are refused.',
  scope: 'billing:write',
  params: codeParams,
  body: { kind: 'json', schema: customerClusterBody },
  response: { kind: 'json', status: 200, schema: customerClusterSchema },
  ifMatch: 'optional',
});
export const deleteCustomerCluster = defineRoute({
  ...clusters,
  id: 'deleteCustomerCluster',
  method: 'DELETE',
  path: '/v1/customer-clusters/{code}',
  summary: 'Remove a cluster that has neither customers nor clusters below it.',
  scope: 'billing:write',
  params: codeParams,
  response: { kind: 'empty', status: 204 },
  ifMatch: 'optional',
});

// Customers

/** A customer's address under a recipient key. */
export const customerEmailSchema = z.strictObject({
  kind: recipientKindSchema.default('to'),
  address: addressSchema,
  name: lineSchema(200).optional(),
});
/** Printable ASCII, as archive programs need it. Write-only. */
export const archivePasswordSchema = z
  .string()
  .min(8)
  .max(128)
  .regex(/^[\x20-\x7e]+$/, 'Use printable ASCII characters only.');

const customerOptional = {
  locale: z
    .string()
    .max(35)
    .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, 'Give a BCP 47 locale like de-DE.')
    .nullish(),
  timeZone: z.string().max(60).nullish(),
  metadata: z.record(z.string().max(100), z.unknown()).optional(),
  suspended: z.boolean().optional(),
  /** By recipient key. */
  emails: z.record(keySchema, z.array(customerEmailSchema).max(50).nullable()).optional(),
};
const passwordsInput = z.record(keySchema, archivePasswordSchema.nullable());

export const customerSchema = z.object({
  code: codeSchema,
  name: z.string(),
  clusterCode: codeSchema,
  locale: z.string().nullable(),
  timeZone: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()),
  suspended: z.boolean(),
  emails: z.record(keySchema, z.array(customerEmailSchema)),
  /** The keys under which a password is set; passwords themselves are never read. */
  passwordKeys: z.array(keySchema),
  ...versionedFields,
});
export type Customer = z.infer<typeof customerSchema>;
export const customerBody = z.strictObject({
  name: lineSchema(300).min(1),
  clusterCode: codeSchema,
  ...customerOptional,
  /** Write-only, by password key: left out stays as it is, null removes. */
  passwords: passwordsInput.optional(),
  code: codeSchema.optional(),
  passwordKeys: z.array(keySchema).optional(),
  ...readOnlyVersioned,
});
/** A line of `POST /v1/imports/customers`: a missing field stays, a given list or map replaces, null removes. */
export const customerLine = z.strictObject({
  code: codeSchema,
  name: lineSchema(300).min(1).optional(),
  clusterCode: codeSchema.optional(),
  ...customerOptional,
  passwords: passwordsInput.optional(),
});

const customers = { tag: 'Customers', service };
export const listCustomers = defineRoute({
  ...customers,
  id: 'listCustomers',
  method: 'GET',
  path: '/v1/customers',
  summary: 'Customers by code.',
  scope: 'billing:read',
  query: z.strictObject({
    ...pageQuery,
    cluster: codeSchema.optional(),
    suspended: z.stringbool().optional(),
    search: z.string().max(200).optional(),
  }),
  response: { kind: 'json', status: 200, schema: pageOf(customerSchema) },
});
export const listCustomersOfCluster = defineRoute({
  ...customers,
  id: 'listCustomersOfCluster',
  method: 'GET',
  path: '/v1/customer-clusters/{code}/customers',
  summary: 'Customers of a cluster, with `descendants=true` of all clusters below it too.',
  scope: 'billing:read',
  params: codeParams,
  query: z.strictObject({ ...pageQuery, descendants: z.stringbool().default(false) }),
  response: { kind: 'json', status: 200, schema: pageOf(customerSchema) },
});
export const getCustomer = defineRoute({
  ...customers,
  id: 'getCustomer',
  method: 'GET',
  path: '/v1/customers/{code}',
  summary: 'One customer, with its addresses.',
  scope: 'billing:read',
  params: codeParams,
  response: { kind: 'json', status: 200, schema: customerSchema },
});
export const putCustomer = defineRoute({
  ...customers,
  id: 'putCustomer',
  method: 'PUT',
  path: '/v1/customers/{code}',
  summary: 'Make or change a customer.',
  scope: 'billing:write',
  params: codeParams,
  body: { kind: 'json', schema: customerBody },
  response: { kind: 'json', status: 200, schema: customerSchema },
  ifMatch: 'optional',
});
export const deleteCustomer = defineRoute({
  ...customers,
  id: 'deleteCustomer',
  method: 'DELETE',
  path: '/v1/customers/{code}',
  summary: 'Remove a customer that has no invoices.',
  scope: 'billing:write',
  params: codeParams,
  response: { kind: 'empty', status: 204 },
  ifMatch: 'optional',
});

// Invoices

export const invoiceStatusSchema = z.enum(['pending', 'open', 'approving', 'approved', 'closed', 'error']);
export type InvoiceStatus = z.infer<typeof invoiceStatusSchema>;

const invoiceOptional = {
  number: lineSchema(100).min(1).nullish(),
  issueDate: dateSchema.nullish(),
  data: z.record(z.string(), z.unknown()).optional(),
  /** Imported history: it was mailed before Mailrun, so a dry run counts it apart. */
  mailedBefore: z.boolean().optional(),
};
const invoiceRequired = {
  customerCode: codeSchema,
  periodFirstDay: dateSchema,
  periodLastDay: dateSchema,
  status: invoiceStatusSchema,
  currency: z.string().regex(/^[A-Z]{3}$/, 'Give an ISO 4217 code like EUR.'),
  total: decimalSchema,
};
export const invoiceSchema = z.object({
  code: codeSchema,
  ...invoiceRequired,
  number: z.string().nullable(),
  issueDate: dateSchema.nullable(),
  data: z.record(z.string(), z.unknown()),
  mailedBefore: z.boolean(),
  /** Grows with each reopening. */
  revision: z.int().positive(),
  ...versionedFields,
});
export type Invoice = z.infer<typeof invoiceSchema>;
export const invoiceBody = z.strictObject({
  ...invoiceRequired,
  ...invoiceOptional,
  code: codeSchema.optional(),
  revision: z.int().positive().optional(),
  ...readOnlyVersioned,
});
/** A line of `POST /v1/imports/invoices`. */
export const invoiceLine = z.strictObject({
  code: codeSchema,
  customerCode: codeSchema.optional(),
  periodFirstDay: dateSchema.optional(),
  periodLastDay: dateSchema.optional(),
  status: invoiceStatusSchema.optional(),
  currency: invoiceRequired.currency.optional(),
  total: decimalSchema.optional(),
  ...invoiceOptional,
});

const invoices = { tag: 'Invoices', service };
export const listInvoices = defineRoute({
  ...invoices,
  id: 'listInvoices',
  method: 'GET',
  path: '/v1/invoices',
  summary: 'Invoices by code.',
  scope: 'billing:read',
  query: z.strictObject({
    ...pageQuery,
    customer: codeSchema.optional(),
    status: invoiceStatusSchema.optional(),
    periodFrom: dateSchema.optional(),
    periodTo: dateSchema.optional(),
  }),
  response: { kind: 'json', status: 200, schema: pageOf(invoiceSchema.omit({ data: true })) },
});
export const getInvoice = defineRoute({
  ...invoices,
  id: 'getInvoice',
  method: 'GET',
  path: '/v1/invoices/{code}',
  summary: 'One invoice with its data.',
  scope: 'billing:read',
  params: codeParams,
  response: { kind: 'json', status: 200, schema: invoiceSchema },
});
export const putInvoice = defineRoute({
  ...invoices,
  id: 'putInvoice',
  method: 'PUT',
  path: '/v1/invoices/{code}',
  summary: 'Make or change an invoice. An approved one does not change: reopen it first.',
  scope: 'billing:write',
  params: codeParams,
  body: { kind: 'json', schema: invoiceBody },
  response: { kind: 'json', status: 200, schema: invoiceSchema },
  ifMatch: 'optional',
});
export const reopenInvoice = defineRoute({
  ...invoices,
  id: 'reopenInvoice',
  method: 'POST',
  path: '/v1/invoices/{code}/reopen',
  summary:
    'Open an approved invoice again as its next revision; documents of the earlier one count as absent.',
  scope: 'billing:write',
  params: codeParams,
  body: { kind: 'json', schema: z.strictObject({ reason: lineSchema(500).min(1) }) },
  response: { kind: 'json', status: 200, schema: invoiceSchema },
});

export const invoiceMessageSchema = z.object({
  answer: z.enum(['accepted-by-server', 'partly', 'not-sent', 'unknown', 'in-progress']),
  statusText: z.string(),
  nextStep: z.string().optional(),
  runId: z.uuid(),
  messageId: z.uuid().nullable(),
  definitionKey: keySchema,
  status: z.string(),
  reason: z.string().nullable(),
  at: timestampSchema,
  recipients: z.array(z.object({ kind: recipientKindSchema, address: z.string(), state: z.string() })),
  serverText: z.string().optional(),
});
export type InvoiceMessage = z.infer<typeof invoiceMessageSchema>;
export const listMessagesOfInvoice = defineRoute({
  ...invoices,
  id: 'listMessagesOfInvoice',
  method: 'GET',
  path: '/v1/invoices/{code}/messages',
  summary: 'Was it mailed? Newest first; test runs never count.',
  scope: 'billing:read',
  params: codeParams,
  query: z.strictObject({ ...pageQuery }),
  response: { kind: 'json', status: 200, schema: pageOf(invoiceMessageSchema) },
});

// Documents

export const documentSchema = z.object({
  transformationKey: keySchema,
  /** Of the invoice that it belongs to. */
  revision: z.int().positive(),
  origin: z.enum(['upload', 'made']),
  contentType: z.string(),
  fileName: z.string().nullable(),
  sizeBytes: z.int().nonnegative(),
  sha256: sha256Schema,
  createdAt: timestampSchema,
});
export type Document = z.infer<typeof documentSchema>;

const documents = { tag: 'Documents', service };
const documentParams = z.object({ code: codeSchema, transformationKey: keySchema });
export const listDocuments = defineRoute({
  ...documents,
  id: 'listDocuments',
  method: 'GET',
  path: '/v1/invoices/{code}/documents',
  summary: "Documents of the invoice's current revision.",
  scope: 'billing:read',
  params: codeParams,
  response: { kind: 'json', status: 200, schema: z.object({ items: z.array(documentSchema) }) },
});
export const getDocument = defineRoute({
  ...documents,
  id: 'getDocument',
  method: 'GET',
  path: '/v1/invoices/{code}/documents/{transformationKey}',
  summary: 'The bytes of a document.',
  scope: 'billing:read',
  params: documentParams,
  response: { kind: 'stream', status: 200, contentType: 'application/octet-stream' },
});
export const putDocument = defineRoute({
  ...documents,
  id: 'putDocument',
  method: 'PUT',
  path: '/v1/invoices/{code}/documents/{transformationKey}',
  summary:
    'Upload the bytes of a document. Content-Type is kept; give a name with `fileName` and a hash to check with `sha256`.',
  scope: 'billing:write',
  params: documentParams,
  query: z.strictObject({ fileName: lineSchema(200).min(1).optional(), sha256: sha256Schema.optional() }),
  body: {
    kind: 'stream',
    contentTypes: [],
    summary: 'The bytes, at most the installation’s limit (25 MiB).',
  },
  response: { kind: 'json', status: 200, schema: documentSchema },
});
export const deleteDocument = defineRoute({
  ...documents,
  id: 'deleteDocument',
  method: 'DELETE',
  path: '/v1/invoices/{code}/documents/{transformationKey}',
  summary: 'Remove a document; a prepared run keeps the bytes that it names.',
  scope: 'billing:write',
  params: documentParams,
  response: { kind: 'empty', status: 204 },
});

// Imports

export const importKindSchema = z.enum(['clusters', 'customers', 'invoices']);
export type ImportKind = z.infer<typeof importKindSchema>;
export const importSchema = z.object({
  id: z.uuid(),
  kind: importKindSchema,
  /** `interrupted`: the connection was cut; what came before it is kept. Sending the file again is harmless. */
  state: z.enum(['running', 'completed', 'interrupted']),
  lines: z.int().nonnegative(),
  created: z.int().nonnegative(),
  updated: z.int().nonnegative(),
  unchanged: z.int().nonnegative(),
  refused: z.int().nonnegative(),
  /** The first hundred; all of them under `/refusals`. */
  refusals: z.array(
    z.object({ line: z.int().positive(), pointer: z.string(), code: z.string(), detail: z.string() }),
  ),
  startedAt: timestampSchema,
  endedAt: timestampSchema.nullable(),
});
export type Import = z.infer<typeof importSchema>;

const imports = { tag: 'Imports', service };
export const startImport = defineRoute({
  ...imports,
  id: 'startImport',
  method: 'POST',
  path: '/v1/imports/{kind}',
  summary:
    'Read a stream of JSON lines (NDJSON) and merge each by its code. A bad line never stops the good ones.',
  scope: 'billing:write',
  params: z.object({ kind: importKindSchema }),
  body: {
    kind: 'stream',
    contentTypes: ['application/x-ndjson', 'application/jsonl'],
    summary: 'One JSON object a line, at most 1 MiB each.',
  },
  response: { kind: 'json', status: 200, schema: importSchema },
});
export const listImports = defineRoute({
  ...imports,
  id: 'listImports',
  method: 'GET',
  path: '/v1/imports',
  summary: 'Imports, newest first: to find the one whose connection was cut.',
  scope: 'billing:read',
  query: z.strictObject({ ...pageQuery }),
  response: { kind: 'json', status: 200, schema: pageOf(importSchema.omit({ refusals: true })) },
});
export const getImport = defineRoute({
  ...imports,
  id: 'getImport',
  method: 'GET',
  path: '/v1/imports/{id}',
  summary: 'Counts and refused lines of an import, also after a cut connection.',
  scope: 'billing:read',
  params: idParams,
  response: { kind: 'json', status: 200, schema: importSchema },
});
export const listImportRefusals = defineRoute({
  ...imports,
  id: 'listImportRefusals',
  method: 'GET',
  path: '/v1/imports/{id}/refusals',
  summary: 'Every refused line of an import.',
  scope: 'billing:read',
  params: idParams,
  query: z.strictObject({ ...pageQuery }),
  response: {
    kind: 'json',
    status: 200,
    schema: pageOf(z.object({ line: z.int(), pointer: z.string(), code: z.string(), detail: z.string() })),
  },
});

export const billingRoutes = [
  listCustomerClusters,
  getCustomerCluster,
  putCustomerCluster,
  deleteCustomerCluster,
  listCustomersOfCluster,
  listCustomers,
  getCustomer,
  putCustomer,
  deleteCustomer,
  listInvoices,
  getInvoice,
  putInvoice,
  reopenInvoice,
  listMessagesOfInvoice,
  listDocuments,
  getDocument,
  putDocument,
  deleteDocument,
  startImport,
  listImports,
  getImport,
  listImportRefusals,
] as const;
