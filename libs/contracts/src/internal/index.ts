import { z } from 'zod';
import {
  messageDefinitionContentSchema,
  messageServerStateSchema,
  replyRuleSchema,
  serverLimitSchema,
  tlsModeSchema,
} from '../api/definitions.js';
import { decisionSchema } from '../api/runs.js';
import { gateStateSchema, messageOutcomeSchema } from '../bus/messages.js';
import {
  customerSnapshotSchema,
  invoiceSnapshotSchema,
  outputTypeSchema,
  runPinsSchema,
} from '../bus/parts.js';
import { defineRoute } from '../http/route.js';
import { addressSchema, keySchema, modeSchema, sealedSecretSchema, timestampSchema } from '../values.js';

/*
 * Questions between services. The tenant is never a parameter: it is a claim of the internal token.
 */
const tag = 'Internal';

/** All that a preparation pins of the configuration; runs adds its own parts to make `RunPins`. */
export const publishedDefinitionSchema = runPinsSchema
  .omit({ bcc: true, run: true, testAddress: true })
  .extend({
    content: messageDefinitionContentSchema,
    /** The server's limit now, for the expected duration. */
    messagesPerMinute: z.int().positive().nullable(),
  });
export type PublishedDefinition = z.infer<typeof publishedDefinitionSchema>;

export const getPublishedDefinition = defineRoute({
  tag,
  service: 'definitions',
  id: 'getPublishedDefinition',
  method: 'GET',
  path: '/internal/message-definitions/{key}/published',
  summary: 'Everything that the newest published version of a definition names, in its published version.',
  params: z.object({ key: keySchema }),
  response: { kind: 'json', status: 200, schema: publishedDefinitionSchema },
});

export const listKnownKeys = defineRoute({
  tag,
  service: 'definitions',
  id: 'listKnownKeys',
  method: 'GET',
  path: '/internal/known-keys',
  summary: 'Recipient keys, password keys and transformation keys of the tenant, for imports and uploads.',
  response: {
    kind: 'json',
    status: 200,
    schema: z.object({
      recipientKeys: z.array(keySchema),
      passwordKeys: z.array(keySchema),
      transformationKeys: z.array(keySchema),
    }),
  },
});

export const serverConnectionSchema = z.object({
  serverKey: keySchema,
  /** Grows with each change: a greater one ends idle connections of the old settings. */
  version: z.int().positive(),
  host: z.string(),
  port: z.int(),
  tls: tlsModeSchema,
  verifyCertificate: z.boolean(),
  user: z.string().nullable(),
  /** Bound to `message-server/<tenant>/<key>`. */
  password: sealedSecretSchema.nullable(),
  messagesPerMinute: z.int().positive().nullable(),
  maxConnections: z.int().positive(),
  maxSizeBytes: z.int().positive().nullable(),
  replyRules: z.array(replyRuleSchema).default([]),
  limits: z.array(serverLimitSchema).default([]),
  /** With a group, rate, connections and limits are the group's: they may change while the version stays. */
  limitGroup: keySchema.nullable().default(null),
});
export type ServerConnection = z.infer<typeof serverConnectionSchema>;

export const getServerConnection = defineRoute({
  tag,
  service: 'definitions',
  id: 'getServerConnection',
  method: 'GET',
  path: '/internal/message-servers/{key}/connection',
  summary: 'The current settings of a message server, its password as ciphertext.',
  params: z.object({ key: keySchema }),
  response: { kind: 'json', status: 200, schema: serverConnectionSchema },
});

export const getInternalSender = defineRoute({
  tag,
  service: 'definitions',
  id: 'getInternalSender',
  method: 'GET',
  path: '/internal/senders/{key}',
  summary: 'Address and server key of a sender, for the test mail.',
  params: z.object({ key: keySchema }),
  response: {
    kind: 'json',
    status: 200,
    schema: z.object({ address: addressSchema, displayName: z.string().nullable(), serverKey: keySchema }),
  },
});

export const queryServerStates = defineRoute({
  tag,
  service: 'dispatcher',
  id: 'queryServerStates',
  method: 'POST',
  path: '/internal/message-servers/states/query',
  summary: 'How message servers are used now, by key: circuit, rate, connections.',
  body: { kind: 'json', schema: z.strictObject({ serverKeys: z.array(keySchema).max(500) }) },
  response: {
    kind: 'json',
    status: 200,
    schema: z.object({ states: z.record(keySchema, messageServerStateSchema) }),
  },
});

export const queryPausedRuns = defineRoute({
  tag,
  service: 'dispatcher',
  id: 'queryPausedRuns',
  method: 'POST',
  path: '/internal/runs/paused/query',
  summary: 'Which of these runs have mails that wait for a paused message server, and for which server.',
  body: { kind: 'json', schema: z.strictObject({ runIds: z.array(z.uuid()).max(501) }) },
  response: {
    kind: 'json',
    status: 200,
    schema: z.object({ runs: z.array(z.object({ runId: z.uuid(), serverKey: keySchema })) }),
  },
});

export const tenantSettingsSchema = z.object({
  tenantId: z.uuid(),
  mode: modeSchema,
  /** Of the mode: only a greater one is applied. */
  revision: z.int().positive(),
  testAddresses: z.array(addressSchema),
  allowedBccDomains: z.array(z.string()),
  locale: z.string(),
  timeZone: z.string(),
});
export type TenantSettings = z.infer<typeof tenantSettingsSchema>;

export const getTenantSettings = defineRoute({
  tag,
  service: 'gateway',
  id: 'getTenantSettings',
  method: 'GET',
  path: '/internal/tenant-settings',
  summary: 'Mode, test addresses and other settings of the tenant.',
  response: { kind: 'json', status: 200, schema: tenantSettingsSchema },
});

/** gateway → dispatcher and runs, repeated until confirmed. */
export const tenantModeBody = z.strictObject({ mode: modeSchema, revision: z.int().positive() });
export const putTenantMode = defineRoute({
  tag,
  service: 'dispatcher',
  id: 'putTenantMode',
  method: 'PUT',
  path: '/internal/tenant-mode',
  summary: 'The tenant’s mode changed: mails of another mode must not leave.',
  body: { kind: 'json', schema: tenantModeBody },
  response: { kind: 'empty', status: 204 },
});

/** runs → dispatcher, repeated until confirmed. */
export const runGateBody = z.strictObject({
  round: z.int().positive(),
  revision: z.int().positive(),
  state: gateStateSchema,
});
export const putRunGate = defineRoute({
  tag,
  service: 'dispatcher',
  id: 'putRunGate',
  method: 'PUT',
  path: '/internal/runs/{runId}/gate',
  summary:
    'State of a run’s round; the greatest revision wins. Answers when nothing more of a stopped round can leave.',
  params: z.object({ runId: z.uuid() }),
  body: { kind: 'json', schema: runGateBody },
  response: { kind: 'empty', status: 204 },
});

export const copyRefSchema = z.strictObject({ messageId: z.uuid(), copy: z.int().positive() });
export type CopyRef = z.infer<typeof copyRefSchema>;

export const queryOutcomes = defineRoute({
  tag,
  service: 'dispatcher',
  id: 'queryOutcomes',
  method: 'POST',
  path: '/internal/outcomes/query',
  summary: 'The current outcomes of copies; those that the dispatcher does not know are left out.',
  body: { kind: 'json', schema: z.strictObject({ copies: z.array(copyRefSchema).max(1000) }) },
  response: { kind: 'json', status: 200, schema: z.object({ outcomes: z.array(messageOutcomeSchema) }) },
});

const endedCopies = {
  runId: z.uuid(),
  round: z.int().positive(),
  mode: modeSchema,
  copies: z.array(copyRefSchema).max(1000),
};

export const stopCopies = defineRoute({
  tag,
  service: 'dispatcher',
  id: 'stopCopies',
  method: 'POST',
  path: '/internal/copies/stop',
  summary:
    'Fed copies that were never accepted: entered as stopped unless a mail of them is there. Answers all outcomes.',
  body: { kind: 'json', schema: z.strictObject(endedCopies) },
  response: { kind: 'json', status: 200, schema: z.object({ outcomes: z.array(messageOutcomeSchema) }) },
});

export const restoreCopies = defineRoute({
  tag,
  service: 'dispatcher',
  id: 'restoreCopies',
  method: 'POST',
  path: '/internal/copies/restore',
  summary:
    'Copies that may have left after the moment to which the database was restored: entered as uncertain unless a mail of them is there. Answers all outcomes.',
  body: { kind: 'json', schema: z.strictObject({ ...endedCopies, restoredTo: timestampSchema }) },
  response: { kind: 'json', status: 200, schema: z.object({ outcomes: z.array(messageOutcomeSchema) }) },
});

export const decideCopies = defineRoute({
  tag,
  service: 'dispatcher',
  id: 'decideCopies',
  method: 'POST',
  path: '/internal/copies/decide',
  summary:
    'What a person decided about uncertain copies, each in the revision that was seen. Answers the outcomes of all that are known, and which were not decided.',
  body: {
    kind: 'json',
    schema: z.strictObject({
      decision: decisionSchema,
      /** Who decided and why, for the history. */
      detail: z.string().max(1000).optional(),
      copies: z.array(copyRefSchema.extend({ revision: z.int().positive() })).max(1000),
    }),
  },
  response: {
    kind: 'json',
    status: 200,
    schema: z.object({
      outcomes: z.array(messageOutcomeSchema),
      refused: z.array(
        copyRefSchema.extend({ code: z.enum(['not-uncertain', 'round-stopped', 'sealed-mail-lost']) }),
      ),
    }),
  },
});

export const getCopySource = defineRoute({
  tag,
  service: 'dispatcher',
  id: 'getCopySource',
  method: 'GET',
  path: '/internal/messages/{messageId}/copies/{copy}/source',
  summary: 'The sealed bytes of a copy.',
  params: z.object({ messageId: z.uuid(), copy: z.coerce.number().int().positive() }),
  response: { kind: 'stream', status: 200, contentType: 'message/rfc822' },
});

export const copyHistorySchema = z.object({
  subject: z.string().nullable(),
  outcomes: z.array(messageOutcomeSchema),
  attempts: z.array(
    z.object({
      copy: z.int().positive(),
      attempt: z.int().positive(),
      startedAt: timestampSchema,
      endedAt: timestampSchema.nullable(),
      state: z.string(),
      serverKey: keySchema.nullable(),
      code: z.string().nullable(),
      smtpCode: z.int().nullable(),
      enhancedCode: z.string().nullable(),
      serverText: z.string().nullable(),
    }),
  ),
});
export const getMessageHistory = defineRoute({
  tag,
  service: 'dispatcher',
  id: 'getMessageHistory',
  method: 'GET',
  path: '/internal/messages/{messageId}/history',
  summary: 'Copies, recipients and attempts of a message, as the dispatcher has them.',
  params: z.object({ messageId: z.uuid() }),
  response: { kind: 'json', status: 200, schema: copyHistorySchema },
});

/** A fault in a template, by part and place. */
export const templateFaultSchema = z.object({
  /** `subject`, `html`, `text`, `template`, `fileNamePattern`, `archiveNamePattern`. */
  part: z.string(),
  code: z.string(),
  detail: z.string(),
  line: z.int().positive().optional(),
  column: z.int().positive().optional(),
});
export type TemplateFault = z.infer<typeof templateFaultSchema>;

export const checkTemplates = defineRoute({
  tag,
  service: 'renderer',
  id: 'checkTemplates',
  method: 'POST',
  path: '/internal/templates/check',
  summary: 'Compile templates, by part; answers every fault with line and column.',
  body: {
    kind: 'json',
    schema: z.strictObject({
      parts: z.record(z.string(), z.strictObject({ kind: z.enum(['html', 'plain']), source: z.string() })),
    }),
  },
  response: { kind: 'json', status: 200, schema: z.object({ faults: z.array(templateFaultSchema) }) },
});

export const previewTemplates = defineRoute({
  tag,
  service: 'renderer',
  id: 'previewTemplates',
  method: 'POST',
  path: '/internal/templates/preview',
  summary: 'Render templates, by part, with given data.',
  body: {
    kind: 'json',
    schema: z.strictObject({
      parts: z.record(z.string(), z.strictObject({ outputType: outputTypeSchema, source: z.string() })),
      customer: customerSnapshotSchema,
      invoices: z.array(invoiceSnapshotSchema).min(1),
    }),
  },
  response: {
    kind: 'json',
    status: 200,
    schema: z.object({ results: z.record(z.string(), z.string()), faults: z.array(templateFaultSchema) }),
  },
});

export const internalRoutes = [
  getPublishedDefinition,
  listKnownKeys,
  getServerConnection,
  queryServerStates,
  queryPausedRuns,
  getInternalSender,
  getTenantSettings,
  putTenantMode,
  putRunGate,
  queryOutcomes,
  stopCopies,
  restoreCopies,
  decideCopies,
  getCopySource,
  getMessageHistory,
  checkTemplates,
  previewTemplates,
] as const;
