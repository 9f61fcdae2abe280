import { z } from 'zod';
import { defineRoute } from '../http/route.js';
import {
  addressSchema,
  dateSchema,
  keySchema,
  lineSchema,
  modeSchema,
  recipientKindSchema,
  timestampSchema,
} from '../values.js';
import { codeSchema, idParams, pageOf, pageQuery, statusFields } from './common.js';

const service = 'runs' as const;

export const runStateSchema = z.enum([
  'draft',
  'preparing',
  'prepared',
  'running',
  'paused',
  'stopped',
  'completed',
]);
export type RunState = z.infer<typeof runStateSchema>;

/** States of a message as staff see them. */
export const messageStateSchema = z.enum([
  'pending',
  'queued',
  'accepted',
  'sent',
  'skipped',
  'failed',
  'deferred',
  'uncertain',
  'partly-sent',
  'stopped',
]);
export type MessageState = z.infer<typeof messageStateSchema>;

/** Why an invoice of a run is not mailed, decided when preparing or feeding. */
export const skipReasonSchema = z.enum([
  'no-recipient',
  'no-document',
  'document-missing',
  'no-password',
  'customer-suspended',
  'address-invalid',
  'address-suppressed',
  'already-sent',
  'in-another-run',
  'changed-since-prepare',
]);
export type SkipReason = z.infer<typeof skipReasonSchema>;

/** Which invoices: a cluster and a period, or an explicit list. */
const selectionSchema = z.union([
  z.strictObject({
    clusterCode: codeSchema,
    includeDescendants: z.boolean().default(false),
    periodFirstDay: dateSchema,
    periodLastDay: dateSchema,
  }),
  z.strictObject({ invoiceCodes: z.array(codeSchema).min(1).max(10_000) }),
]);

export const messageRunBody = z.strictObject({
  definitionKey: keySchema,
  selection: selectionSchema,
  /** On every mail, in domains that the tenant allows; they never decide a status. */
  bcc: z.array(addressSchema).max(10).default([]),
  /** Mail again what was sent already. For an explicit list of invoices only. */
  sendAgain: z.boolean().default(false),
  note: lineSchema(500).nullable().default(null),
});

/** One count: how many in a state, for a reason where there is one. */
export const countSchema = z.object({
  status: messageStateSchema,
  reason: z.string().nullable(),
  count: z.int().nonnegative(),
});

/** What messages of a run wait for: nothing waits without a reason, and where there is one, a time. */
export const waitSchema = z.object({
  for: z.enum([
    /** Its turn to be made ready and sent. */
    'turn',
    /** The steps that render, pack and seal it. */
    'sealing',
    /** The mail server, or the conversation under way. */
    'mail-server',
    /** The next try, which the mail server asked for or an outage made necessary. */
    'next-try',
    /** Its next copy to be made. */
    'round',
    /** A person who decides about an uncertain mail. */
    'decision',
    /** A person who resumes the run. */
    'resume',
    /** A person who resumes the message server. */
    'server-resume',
    /** The end of a stop: conversations that had begun. */
    'stop',
  ]),
  messages: z.int().positive(),
  /** The earliest time at which something happens by itself; null where that is not known, or a person is needed. */
  until: timestampSchema.nullable(),
  nextStep: z.string(),
});
export type Wait = z.infer<typeof waitSchema>;

/** What a person decides about an uncertain mail: it counts as sent, or the same copy goes again with the same bytes. */
export const decisionSchema = z.enum(['treat-as-sent', 'send-again']);
export type Decision = z.infer<typeof decisionSchema>;

export const decisionViewSchema = z.object({
  id: z.uuid(),
  decision: decisionSchema,
  /** Null: about all that were uncertain. */
  messageId: z.uuid().nullable(),
  note: z.string().nullable(),
  createdAt: timestampSchema,
  /** Null while it is being carried out. */
  doneAt: timestampSchema.nullable(),
  /** Mails that are as it says; that could not be, and of the first hundred why. */
  decided: z.int().nonnegative(),
  refused: z.int().nonnegative(),
  refusals: z.array(
    z.object({ messageId: z.uuid(), copy: z.int().positive(), code: z.string(), ...statusFields }),
  ),
});

export const messageRunSchema = z.object({
  id: z.uuid(),
  definitionKey: keySchema,
  selection: selectionSchema,
  bcc: z.array(z.string()),
  sendAgain: z.boolean(),
  note: z.string().nullable(),
  /** In which it was prepared; null before. */
  mode: modeSchema.nullable(),
  state: runStateSchema,
  /** Why it is in this state, where that is not plain: `sender-refused`, `template-quarantined`, `mode-changed`, … */
  why: z.string().nullable(),
  ...statusFields,
  preparationId: z.uuid().nullable(),
  /** While preparing: what is under way, and how far. */
  progress: z
    .object({ step: z.enum(['select', 'documents', 'judge']), done: z.int(), total: z.int().nullable() })
    .nullable(),
  /** Of the current preparation, by status and reason. The sum over invoices is the invoices looked at. */
  invoices: z.array(countSchema),
  messages: z.array(countSchema),
  /** Messages that the preparation would send: `start` names this number. */
  expectedMessages: z.int().nonnegative().nullable(),
  /** Of a run under way or with uncertain mails: for what its messages wait, and until when. */
  waitsFor: z.array(waitSchema),
  rounds: z.array(
    z.object({
      number: z.int().positive(),
      state: z.enum(['running', 'paused', 'stopped']),
      startedAt: timestampSchema,
      /** Why it was begun. */
      kind: z.enum(['first', 'send-rest', 'retry-failed', 'resend']),
      note: z.string().nullable(),
      /** Whether its copies are still being made. */
      isBeingMade: z.boolean(),
      /** Copies made in it; null for the first round. */
      messages: z.int().nonnegative().nullable(),
      /** Messages that got no copy, because no address was left. */
      leftOut: z.int().nonnegative(),
    }),
  ),
  /** What was decided about uncertain mails, the newest twenty; newest first. */
  decisions: z.array(decisionViewSchema),
  /** Mails per second over the last ten seconds, while running. */
  ratePerSecond: z.number().nullable(),
  expectedEndAt: timestampSchema.nullable(),
  createdAt: timestampSchema,
  preparedAt: timestampSchema.nullable(),
  startedAt: timestampSchema.nullable(),
  /** When each message had been tried once. */
  firstPassDoneAt: timestampSchema.nullable(),
  endedAt: timestampSchema.nullable(),
});
export type MessageRun = z.infer<typeof messageRunSchema>;

const addressedSchema = z.object({ kind: recipientKindSchema, address: z.string() });

/** Messages whose next copy goes to other addresses than the last one, because the customer's addresses changed. */
export const changedAddressesSchema = z.object({
  /** How many messages. */
  count: z.int().nonnegative(),
  /** The first hundred. */
  first: z.array(
    z.object({
      messageId: z.uuid(),
      customerCode: codeSchema,
      before: z.array(addressedSchema),
      after: z.array(addressedSchema),
    }),
  ),
  /** Messages that get no copy, because no address is left. */
  withoutAddress: z.int().nonnegative(),
  /** Of how many messages the addresses were compared: of the first 20,000. */
  lookedAt: z.int().nonnegative(),
});
export type ChangedAddresses = z.infer<typeof changedAddressesSchema>;

/** What an act answers that begins a round. */
export const begunRoundSchema = z.object({
  round: z.int().positive(),
  /** Messages that get their next copy, but for those without an address. */
  messages: z.int().nonnegative(),
  changedAddresses: changedAddressesSchema,
  run: messageRunSchema,
});
export type BegunRound = z.infer<typeof begunRoundSchema>;

export const dryRunSchema = z.object({
  preparationId: z.uuid(),
  mode: modeSchema,
  /** Invoices looked at: one result each. */
  invoices: z.object({
    lookedAt: z.int(),
    toSend: z.int(),
    skipped: z.array(
      z.object({ reason: skipReasonSchema, count: z.int(), statusText: z.string(), nextStep: z.string() }),
    ),
  }),
  messages: z.object({ toSend: z.int() }),
  /** Not looked at, and easily forgotten. */
  notLookedAt: z.object({
    notApproved: z.int(),
    periodEndsOutside: z.int(),
    mailedBefore: z.int(),
    notTheGroup: z.array(z.object({ reason: z.string(), count: z.int() })),
  }),
  /** Sum of the documents before zipping. */
  attachmentBytes: z.int(),
  /** At the message server's limits; null without a limit. */
  expectedSeconds: z.number().nullable(),
});
export type DryRun = z.infer<typeof dryRunSchema>;

const runs = { tag: 'Message runs', service };
const run = { kind: 'json', status: 200, schema: messageRunSchema } as const;
const accepted = { kind: 'json', status: 202, schema: messageRunSchema } as const;
const noteBody = { kind: 'json', schema: z.strictObject({ note: lineSchema(500).optional() }) } as const;

export const createMessageRun = defineRoute({
  ...runs,
  id: 'createMessageRun',
  method: 'POST',
  path: '/v1/message-runs',
  summary: 'A new run, as a draft. Nothing is sent before it is prepared and started.',
  scope: 'runs:write',
  body: { kind: 'json', schema: messageRunBody },
  response: { kind: 'json', status: 201, schema: messageRunSchema },
});
export const listMessageRuns = defineRoute({
  ...runs,
  id: 'listMessageRuns',
  method: 'GET',
  path: '/v1/message-runs',
  summary: 'Runs, newest first.',
  scope: 'runs:read',
  query: z.strictObject({ ...pageQuery, state: runStateSchema.optional(), definition: keySchema.optional() }),
  response: { kind: 'json', status: 200, schema: pageOf(messageRunSchema) },
});
export const getMessageRun = defineRoute({
  ...runs,
  id: 'getMessageRun',
  method: 'GET',
  path: '/v1/message-runs/{id}',
  summary: 'One run: its state and why, counters, rate, rounds.',
  scope: 'runs:read',
  params: idParams,
  response: run,
});
export const prepareMessageRun = defineRoute({
  ...runs,
  id: 'prepareMessageRun',
  method: 'POST',
  path: '/v1/message-runs/{id}/prepare',
  summary: 'Make missing documents, judge every invoice, make the dry run. Progress shows in the run.',
  scope: 'runs:write',
  params: idParams,
  body: noteBody,
  response: accepted,
});
export const getDryRun = defineRoute({
  ...runs,
  id: 'getDryRun',
  method: 'GET',
  path: '/v1/message-runs/{id}/dry-run',
  summary: 'What the current preparation would send and skip, and what it did not look at.',
  scope: 'runs:read',
  params: idParams,
  response: { kind: 'json', status: 200, schema: dryRunSchema },
});
export const startMessageRun = defineRoute({
  ...runs,
  id: 'startMessageRun',
  method: 'POST',
  path: '/v1/message-runs/{id}/start',
  summary: 'Start sending exactly the preparation that is named, or refuse with the difference.',
  scope: 'runs:send',
  params: idParams,
  body: {
    kind: 'json',
    schema: z.strictObject({
      preparationId: z.uuid(),
      expectedMessages: z.int().nonnegative(),
      /** Only so many; when they were tried, the run pauses itself (`first-messages-sent`). */
      firstMessages: z.int().positive().optional(),
    }),
  },
  response: accepted,
});
export const pauseMessageRun = defineRoute({
  ...runs,
  id: 'pauseMessageRun',
  method: 'POST',
  path: '/v1/message-runs/{id}/pause',
  summary: 'Pause within 2 seconds: only mails already in the SMTP conversation still leave.',
  scope: 'runs:write',
  params: idParams,
  body: noteBody,
  response: accepted,
});
export const resumeMessageRun = defineRoute({
  ...runs,
  id: 'resumeMessageRun',
  method: 'POST',
  path: '/v1/message-runs/{id}/resume',
  summary:
    'Let a paused run go on: all of it, or so many messages first, after which it pauses itself again.',
  scope: 'runs:send',
  params: idParams,
  body: {
    kind: 'json',
    schema: z.strictObject({
      note: lineSchema(500).optional(),
      firstMessages: z.int().positive().optional(),
    }),
  },
  response: accepted,
});
const begunRound = { kind: 'json', status: 202, schema: begunRoundSchema } as const;
/** `expectedMessages`: refused, with the difference, when it is another number by now. */
const roundBody = {
  kind: 'json',
  schema: z.strictObject({
    note: lineSchema(500).optional(),
    expectedMessages: z.int().nonnegative().optional(),
  }),
} as const;

export const sendRestOfMessageRun = defineRoute({
  ...runs,
  id: 'sendRestOfMessageRun',
  method: 'POST',
  path: '/v1/message-runs/{id}/send-rest',
  summary: 'Send what a stop left unsent: a new round with new copies, to the addresses as they are now.',
  scope: 'runs:send',
  params: idParams,
  body: roundBody,
  response: begunRound,
});
export const retryFailedOfMessageRun = defineRoute({
  ...runs,
  id: 'retryFailedOfMessageRun',
  method: 'POST',
  path: '/v1/message-runs/{id}/retry-failed',
  summary:
    'Send failed and partly sent messages again: a new round with new copies, to the addresses as they are now, without those that were reached.',
  scope: 'runs:send',
  params: idParams,
  body: roundBody,
  response: begunRound,
});
/** What a decision answers: it is carried out at once, and shows in the run. */
export const decidedSchema = z.object({
  decisionId: z.uuid(),
  /** Messages that it is about. */
  messages: z.int().positive(),
  run: messageRunSchema,
});
const decided = { kind: 'json', status: 202, schema: decidedSchema } as const;

export const decideMessageRun = defineRoute({
  ...runs,
  id: 'decideMessageRun',
  method: 'POST',
  path: '/v1/message-runs/{id}/decide',
  summary: 'Decide about all uncertain messages of a run: treat as sent, or send the same mails again.',
  scope: 'runs:send',
  params: idParams,
  body: {
    kind: 'json',
    schema: z.strictObject({
      decision: decisionSchema,
      note: lineSchema(500).optional(),
      /** Refused, with the difference, when it is another number by now. */
      expectedMessages: z.int().nonnegative().optional(),
    }),
  },
  response: decided,
});
export const stopMessageRun = defineRoute({
  ...runs,
  id: 'stopMessageRun',
  method: 'POST',
  path: '/v1/message-runs/{id}/stop',
  summary: 'Stop within 2 seconds: only mails already in the SMTP conversation still leave.',
  scope: 'runs:write',
  params: idParams,
  body: noteBody,
  response: accepted,
});

// Results

export const messageResultSchema = z.object({
  id: z.uuid(),
  invoiceCode: codeSchema,
  invoiceNumber: z.string().nullable(),
  revision: z.int().positive(),
  customerCode: codeSchema,
  customerName: z.string(),
  status: messageStateSchema,
  reason: z.string().nullable(),
  ...statusFields,
  /** Where a template failed. */
  line: z.int().optional(),
  column: z.int().optional(),
  messageIds: z.array(z.uuid()),
  updatedAt: timestampSchema,
});
export type MessageResult = z.infer<typeof messageResultSchema>;

export const listMessageResults = defineRoute({
  ...runs,
  id: 'listMessageResults',
  method: 'GET',
  path: '/v1/message-runs/{id}/results',
  summary: 'The message results: one for each invoice that the run looked at.',
  scope: 'runs:read',
  params: idParams,
  query: z.strictObject({
    ...pageQuery,
    status: messageStateSchema.optional(),
    reason: z.string().max(100).optional(),
    customer: codeSchema.optional(),
    invoice: codeSchema.optional(),
    address: z.string().max(254).optional(),
  }),
  response: { kind: 'json', status: 200, schema: pageOf(messageResultSchema) },
});
export const streamMessageResultsCsv = defineRoute({
  ...runs,
  id: 'streamMessageResultsCsv',
  method: 'GET',
  path: '/v1/message-runs/{id}/results.csv',
  summary: 'All results as CSV (RFC 4180, UTF-8), streamed.',
  scope: 'runs:read',
  params: idParams,
  response: { kind: 'stream', status: 200, contentType: 'text/csv; charset=utf-8' },
});
export const streamMessageResultsNdjson = defineRoute({
  ...runs,
  id: 'streamMessageResultsNdjson',
  method: 'GET',
  path: '/v1/message-runs/{id}/results.ndjson',
  summary: 'All results as JSON lines, streamed.',
  scope: 'runs:read',
  params: idParams,
  response: { kind: 'stream', status: 200, contentType: 'application/x-ndjson' },
});

// Messages

export const messageSchema = z.object({
  id: z.uuid(),
  runId: z.uuid(),
  definitionKey: keySchema,
  customerCode: codeSchema,
  customerName: z.string(),
  mode: modeSchema,
  status: messageStateSchema,
  reason: z.string().nullable(),
  ...statusFields,
  /** Of the newest copy. */
  copy: z.int().positive(),
  /** With `deferred`. */
  nextTryAt: timestampSchema.nullable(),
  updatedAt: timestampSchema,
});
export type Message = z.infer<typeof messageSchema>;

const replyFields = {
  code: z.string().nullable(),
  smtpCode: z.int().nullable(),
  enhancedCode: z.string().nullable(),
  serverText: z.string().nullable(),
  detail: z.string().nullable(),
};
export const messageDetailSchema = messageSchema.extend({
  invoices: z.array(
    z.object({
      code: codeSchema,
      number: z.string().nullable(),
      status: messageStateSchema,
      reason: z.string().nullable(),
    }),
  ),
  subject: z.string().nullable(),
  copies: z.array(
    z.object({
      copy: z.int().positive(),
      round: z.int().positive(),
      state: z.string(),
      messageIdHeader: z.string().nullable(),
      sizeBytes: z.int().nullable(),
      serverKey: keySchema.nullable(),
      ...replyFields,
      recipients: z.array(
        z.object({ kind: recipientKindSchema, address: z.string(), state: z.string(), ...replyFields }),
      ),
    }),
  ),
  /** Each change: when, why, what the server said. Oldest first. */
  history: z.array(
    z.object({
      at: timestampSchema,
      copy: z.int().positive(),
      status: z.string(),
      attempt: z.int().nullable(),
      serverKey: keySchema.nullable(),
      ...replyFields,
      line: z.int().optional(),
      column: z.int().optional(),
    }),
  ),
});
export type MessageDetail = z.infer<typeof messageDetailSchema>;

const messages = { tag: 'Messages', service };
export const listMessages = defineRoute({
  ...messages,
  id: 'listMessages',
  method: 'GET',
  path: '/v1/messages',
  summary: 'Messages over all runs, newest first.',
  scope: 'runs:read',
  query: z.strictObject({
    ...pageQuery,
    run: z.uuid().optional(),
    invoice: codeSchema.optional(),
    customer: codeSchema.optional(),
    address: z.string().max(254).optional(),
    status: messageStateSchema.optional(),
    reason: z.string().max(100).optional(),
    from: timestampSchema.optional(),
    to: timestampSchema.optional(),
  }),
  response: { kind: 'json', status: 200, schema: pageOf(messageSchema) },
});
export const getMessage = defineRoute({
  ...messages,
  id: 'getMessage',
  method: 'GET',
  path: '/v1/messages/{id}',
  summary: 'One message with its recipients, copies and whole history.',
  scope: 'runs:read',
  params: idParams,
  response: { kind: 'json', status: 200, schema: messageDetailSchema },
});
export const resendMessage = defineRoute({
  ...messages,
  id: 'resendMessage',
  method: 'POST',
  path: '/v1/messages/{id}/resend',
  summary: 'Send one message again as a new copy, to all of the customer’s addresses as they are now.',
  scope: 'runs:send',
  params: idParams,
  body: { kind: 'json', schema: z.strictObject({ note: lineSchema(500) }) },
  response: begunRound,
});
export const decideMessage = defineRoute({
  ...messages,
  id: 'decideMessage',
  method: 'POST',
  path: '/v1/messages/{id}/decide',
  summary: 'Decide about one uncertain message: treat as sent, or send the same mail again.',
  scope: 'runs:send',
  params: idParams,
  body: {
    kind: 'json',
    schema: z.strictObject({ decision: decisionSchema, note: lineSchema(500).optional() }),
  },
  response: decided,
});
export const getMessageSource = defineRoute({
  ...messages,
  id: 'getMessageSource',
  method: 'GET',
  path: '/v1/messages/{id}/source',
  summary: 'The sealed mail as it left: the newest copy, or the one that `copy` names.',
  scope: 'messages:content',
  params: idParams,
  query: z.strictObject({ copy: z.coerce.number().int().positive().optional() }),
  response: { kind: 'stream', status: 200, contentType: 'message/rfc822' },
});

export const runRoutes = [
  createMessageRun,
  listMessageRuns,
  getMessageRun,
  prepareMessageRun,
  getDryRun,
  startMessageRun,
  pauseMessageRun,
  resumeMessageRun,
  stopMessageRun,
  sendRestOfMessageRun,
  retryFailedOfMessageRun,
  decideMessageRun,
  listMessageResults,
  streamMessageResultsCsv,
  streamMessageResultsNdjson,
  listMessages,
  getMessage,
  resendMessage,
  decideMessage,
  getMessageSource,
] as const;
