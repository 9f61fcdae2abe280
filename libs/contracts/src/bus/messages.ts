import { z } from 'zod';
import {
  addressSchema,
  blobRefSchema,
  keySchema,
  recipientKindSchema,
  sealedSecretSchema,
  sha256Schema,
  timestampSchema,
  uuidSchema,
} from '../values.js';
import type { BodyOf, MessageType } from './message-type.js';
import {
  customerSnapshotSchema,
  failureSchema,
  giveUpAfterHoursSchema,
  inDoubtPolicySchema,
  invoiceSnapshotSchema,
  recipientSchema,
} from './parts.js';
import * as examples from './examples.js';

const messageCopy = { messageId: uuidSchema, copy: z.int().positive() };

const makeDocumentsSchema = z.strictObject({
  documentId: uuidSchema,
  preparationId: uuidSchema,
  transformationKey: keySchema,
  pins: blobRefSchema,
  customer: customerSnapshotSchema,
  invoice: invoiceSnapshotSchema,
});

/** runs → renderer: make one document from a transformation's template. */
export const makeDocuments: MessageType<'make-documents', z.infer<typeof makeDocumentsSchema>> = {
  name: 'make-documents',
  version: 1,
  summary: 'Runs asks the renderer to make one missing document while a run is prepared.',
  schema: makeDocumentsSchema,
  keyOf: (body) => body.documentId,
  examples: [examples.makeDocuments],
};

const documentMadeSchema = z.strictObject({
  documentId: uuidSchema,
  preparationId: uuidSchema,
  result: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('made'),
      content: blobRefSchema,
      contentType: z.string(),
      fileName: z.string(),
    }),
    z.strictObject({ kind: z.literal('failed'), failure: failureSchema }),
  ]),
});

/** renderer → runs: the answer to `make-documents`. */
export const documentMade: MessageType<'document-made', z.infer<typeof documentMadeSchema>> = {
  name: 'document-made',
  version: 1,
  summary: 'The renderer made a document, or could not, and says why.',
  schema: documentMadeSchema,
  keyOf: (body) => body.documentId,
  examples: [examples.documentMade, examples.documentFailed],
};

const renderMessageSchema = z.strictObject({
  ...messageCopy,
  pins: blobRefSchema,
  customer: customerSnapshotSchema,
  invoices: z.array(invoiceSnapshotSchema).min(1),
  recipients: z.array(recipientSchema).min(1),
  /** In the order in which they are attached. */
  documents: z.array(
    z.strictObject({
      transformationKey: keySchema,
      invoiceId: uuidSchema,
      content: blobRefSchema,
      contentType: z.string(),
      /** Given with an upload; without one the transformation's pattern names the attachment. */
      fileName: z.string().optional(),
    }),
  ),
  /** The archive's password, bound to tenant and customer; opened by the packager only. */
  password: sealedSecretSchema.optional(),
});

/** runs → renderer: a message was fed. */
export const renderMessage: MessageType<'render-message', z.infer<typeof renderMessageSchema>> = {
  name: 'render-message',
  version: 1,
  summary: 'Runs feeds one copy of a message: the renderer makes its subject, bodies and file names.',
  schema: renderMessageSchema,
  keyOf: (body) => body.messageId,
  examples: [examples.renderMessage],
};

const packageMessageSchema = z.strictObject({
  ...messageCopy,
  pins: blobRefSchema,
  customer: z.strictObject({ id: uuidSchema, code: z.string() }),
  subject: z.string(),
  html: z.string().optional(),
  text: z.string().optional(),
  recipients: z.array(recipientSchema).min(1),
  attachments: z.array(
    z.strictObject({ fileName: z.string(), contentType: z.string(), content: blobRefSchema }),
  ),
  /** Name of the archive, when the definition zips. */
  archiveName: z.string().optional(),
  password: sealedSecretSchema.optional(),
});

/** renderer → packager: the rendered parts of one copy. */
export const packageMessage: MessageType<'package-message', z.infer<typeof packageMessageSchema>> = {
  name: 'package-message',
  version: 1,
  summary:
    'The renderer hands on the rendered parts: the packager collects, zips, encrypts and seals the mail.',
  schema: packageMessageSchema,
  keyOf: (body) => body.messageId,
  examples: [examples.packageMessage],
};

const dispatchMessageSchema = z.strictObject({
  ...messageCopy,
  content: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('sealed'),
      transport: z.literal('smtp'),
      /** The server that carries it: its settings are always the current ones. */
      serverKey: keySchema,
      fromKey: keySchema,
      inDoubtPolicy: inDoubtPolicySchema,
      /** 72 where it is left out. */
      giveUpAfterHours: giveUpAfterHoursSchema.optional(),
      /** With angle brackets, as in the header (RFC 5322 3.6.4). */
      messageIdHeader: z.string(),
      subject: z.string(),
      envelopeFrom: addressSchema,
      recipients: z.array(z.strictObject({ kind: recipientKindSchema, address: addressSchema })).min(1),
      sha256: sha256Schema,
      sizeBytes: z.int().positive(),
      /**
       * The mail itself when small, one character for each byte (it is 7-bit but for addresses that need SMTPUTF8),
       * with CRLF line ends; else the key of its blob.
       */
      bytes: z.union([
        z.strictObject({ inline: z.string() }),
        z.strictObject({ blobKey: z.string().min(1).max(500) }),
      ]),
    }),
    z.strictObject({ kind: z.literal('refused'), failure: failureSchema }),
  ]),
});

/** packager → dispatcher (or whoever refused the message): the sealed mail, or why there is none. */
export const dispatchMessage: MessageType<'dispatch-message', z.infer<typeof dispatchMessageSchema>> = {
  name: 'dispatch-message',
  version: 1,
  summary: 'The sealed mail of one copy, or the refusal of an earlier step, for the dispatcher to settle.',
  schema: dispatchMessageSchema,
  keyOf: (body) => body.messageId,
  examples: [examples.dispatchSealed, examples.dispatchRefused],
};

/** States of a copy that the dispatcher decides. */
export const copyStateSchema = z.enum([
  'accepted',
  'sent',
  'failed',
  'deferred',
  'uncertain',
  'partly-sent',
  'stopped',
]);
export type CopyState = z.infer<typeof copyStateSchema>;

export const recipientStateSchema = z.enum([
  'pending',
  'accepted',
  'deferred',
  'refused',
  'uncertain',
  'stopped',
]);
export type RecipientState = z.infer<typeof recipientStateSchema>;

/** What the mail server (or a step before it) said. */
export const replySchema = z.strictObject({
  /** Stable code of ours, for instance `smtp.recipient-refused`. */
  code: z.string(),
  detail: z.string().optional(),
  stage: z.string().optional(),
  smtpCode: z.int().optional(),
  /** RFC 3463. */
  enhancedCode: z.string().optional(),
  serverText: z.string().optional(),
  line: z.int().positive().optional(),
  column: z.int().positive().optional(),
});
export type Reply = z.infer<typeof replySchema>;

export const messageOutcomeSchema = z.strictObject({
  ...messageCopy,
  /** Of the dispatcher's (message, copy) row: only a greater one is applied. */
  revision: z.int().positive(),
  state: copyStateSchema,
  at: timestampSchema,
  /** With `deferred`. */
  nextTryAt: timestampSchema.optional(),
  attempts: z.int().nonnegative(),
  serverKey: keySchema.optional(),
  messageIdHeader: z.string().optional(),
  sizeBytes: z.int().nonnegative().optional(),
  reply: replySchema.optional(),
  recipients: z.array(
    z.strictObject({
      kind: recipientKindSchema,
      address: addressSchema,
      state: recipientStateSchema,
      reply: replySchema.optional(),
    }),
  ),
});

/** dispatcher → runs: what became of one copy. */
export const messageOutcome: MessageType<'message-outcome', z.infer<typeof messageOutcomeSchema>> = {
  name: 'message-outcome',
  version: 1,
  summary: 'The dispatcher says what became of one copy, with a revision that only grows.',
  schema: messageOutcomeSchema,
  keyOf: (body) => body.messageId,
  examples: [examples.outcomeSent, examples.outcomeDeferred],
};

export const gateStateSchema = z.enum(['running', 'paused', 'stopped']);
export type GateState = z.infer<typeof gateStateSchema>;

const runControlSchema = z.strictObject({
  runId: uuidSchema,
  round: z.int().positive(),
  revision: z.int().positive(),
  state: gateStateSchema,
});

/** runs → dispatcher: a hint that a run's gate changed; the truth goes by internal HTTP. */
export const runControl: MessageType<'run-control', z.infer<typeof runControlSchema>> = {
  name: 'run-control',
  version: 1,
  summary: 'A hint that a run was paused, resumed or stopped; internal HTTP carries the state itself.',
  schema: runControlSchema,
  keyOf: (body) => body.runId,
  examples: [examples.runControl],
};

const runEventSchema = z.strictObject({
  runId: uuidSchema,
  type: z.enum(['run.state-changed', 'run.completed']),
  state: z.string(),
  why: z.string().optional(),
  at: timestampSchema,
  messages: z.record(z.string(), z.int().nonnegative()),
  invoices: z.record(z.string(), z.int().nonnegative()),
});

/** Public: what other systems may listen to. */
export const runEvent: MessageType<'run-event', z.infer<typeof runEventSchema>> = {
  name: 'run-event',
  version: 1,
  summary: 'Public event: a run changed its state, with its counters.',
  schema: runEventSchema,
  keyOf: (body) => body.runId,
  examples: [examples.runEvent],
};

/** Every message type, in the order in which a message meets them. */
export const messageTypes = [
  makeDocuments,
  documentMade,
  renderMessage,
  packageMessage,
  dispatchMessage,
  messageOutcome,
  runControl,
  runEvent,
] as const;

export type MakeDocuments = BodyOf<typeof makeDocuments>;
export type DocumentMade = BodyOf<typeof documentMade>;
export type RenderMessage = BodyOf<typeof renderMessage>;
export type PackageMessage = BodyOf<typeof packageMessage>;
export type DispatchMessage = BodyOf<typeof dispatchMessage>;
export type MessageOutcome = BodyOf<typeof messageOutcome>;
export type RunControl = BodyOf<typeof runControl>;
export type RunEvent = BodyOf<typeof runEvent>;
