import { z } from 'zod';
import {
  addressSchema,
  blobRefSchema,
  dateSchema,
  decimalSchema,
  keySchema,
  lineSchema,
  mailboxSchema,
  recipientKindSchema,
  uuidSchema,
} from '../values.js';

/** Why a step refused a message or a document: `code` is stable, `detail` says what to do. */
export const failureSchema = z.strictObject({
  code: z.string().min(1).max(100),
  detail: z.string().max(2000),
  /** The step that refused. */
  stage: z.enum(['prepare', 'render', 'package', 'dispatch']),
  /** Of a template, counted from 1. */
  line: z.int().positive().optional(),
  column: z.int().positive().optional(),
});
export type Failure = z.infer<typeof failureSchema>;

/** A customer as pinned when the run was prepared. */
export const customerSnapshotSchema = z.strictObject({
  id: uuidSchema,
  code: z.string(),
  name: z.string(),
  clusterCode: z.string(),
  locale: z.string().optional(),
  timeZone: z.string().optional(),
  metadata: z.record(z.string(), z.unknown()),
});
export type CustomerSnapshot = z.infer<typeof customerSnapshotSchema>;

/** An invoice in the revision that was prepared. */
export const invoiceSnapshotSchema = z.strictObject({
  id: uuidSchema,
  code: z.string(),
  number: z.string().optional(),
  revision: z.int().positive(),
  periodFirstDay: dateSchema,
  periodLastDay: dateSchema,
  issueDate: dateSchema.optional(),
  currency: z.string(),
  total: decimalSchema,
  data: z.record(z.string(), z.unknown()),
});
export type InvoiceSnapshot = z.infer<typeof invoiceSnapshotSchema>;

/** An address of one mail. */
export const recipientSchema = z.strictObject({
  kind: recipientKindSchema,
  address: addressSchema,
  name: lineSchema(200).optional(),
});
export type Recipient = z.infer<typeof recipientSchema>;

export const outputTypeSchema = z.enum(['html', 'text', 'csv', 'xml', 'json']);
export type OutputType = z.infer<typeof outputTypeSchema>;

export const inDoubtPolicySchema = z.enum(['hold', 'repeat']);
export type InDoubtPolicy = z.infer<typeof inDoubtPolicySchema>;

/** How long a mail is tried that is put off, in hours from its first try: at most thirty days. */
export const giveUpAfterHoursSchema = z.int().min(1).max(720);

/**
 * All that shapes every mail of one preparation, as one JSON blob that records name and steps cache: published
 * versions, sender, images. Made by runs when a run is prepared; its blob key holds its SHA-256, so it never changes.
 */
export const runPinsSchema = z.strictObject({
  definition: z.strictObject({ key: keySchema, version: z.int().positive(), name: z.string() }),
  sender: z.strictObject({
    fromKey: keySchema,
    address: addressSchema,
    displayName: lineSchema(200).optional(),
    replyTo: addressSchema.optional(),
    serverKey: keySchema,
  }),
  template: z.strictObject({
    key: keySchema,
    version: z.int().positive(),
    subject: z.string(),
    html: z.string().optional(),
    text: z.string().optional(),
  }),
  transformations: z.array(
    z.strictObject({
      key: keySchema,
      version: z.int().positive(),
      outputType: outputTypeSchema.optional(),
      template: z.string().optional(),
      /** Razor; its result is the attachment's name. */
      fileNamePattern: z.string(),
    }),
  ),
  /** The tenant's images that the template names by `cid:<key>`. */
  images: z.array(z.strictObject({ key: keySchema, contentType: z.string(), content: blobRefSchema })),
  zip: z.boolean(),
  /** Razor; the archive's name. Only with `zip`. */
  archiveNamePattern: z.string().optional(),
  /** With it, an unprotected mail must never be sealed. */
  passwordKey: keySchema.optional(),
  inDoubtPolicy: inDoubtPolicySchema,
  /** 72 where it is left out. */
  giveUpAfterHours: giveUpAfterHoursSchema.optional(),
  /** In test mode every recipient is replaced by this address, and the subject is marked. */
  testAddress: addressSchema.optional(),
  bcc: z.array(mailboxSchema),
  run: z.strictObject({
    id: uuidSchema,
    note: z.string().optional(),
    periodFirstDay: dateSchema.optional(),
    periodLastDay: dateSchema.optional(),
  }),
});
export type RunPins = z.infer<typeof runPinsSchema>;
