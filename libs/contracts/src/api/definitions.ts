import { z } from 'zod';
import { defineRoute, type Scope } from '../http/route.js';
import { giveUpAfterHoursSchema, inDoubtPolicySchema, outputTypeSchema } from '../bus/parts.js';
import { addressSchema, keySchema, lineSchema, sha256Schema, timestampSchema } from '../values.js';
import { keyParams, pageOf, pageQuery, readOnlyVersioned, versionedFields } from './common.js';

const service = 'definitions' as const;
const read: Scope = 'definitions:read';
const write: Scope = 'definitions:write';

/** Read-only fields of a body that was read and is put back. */
const readOnly = { key: keySchema.optional(), ...readOnlyVersioned };

/** The four operations that every resource by key has. */
function keyedRoutes<const Name extends string, View extends z.ZodObject, Body extends z.ZodObject>(
  name: Name,
  options: { path: string; tag: string; thing: string; view: View; body: Body },
) {
  const { path, tag, thing, view, body } = options;
  const common = { tag, service };
  return {
    list: defineRoute({
      ...common,
      id: `list${name}s`,
      method: 'GET',
      path,
      summary: `All ${thing}s, by key.`,
      scope: read,
      query: z.strictObject({ ...pageQuery }),
      response: { kind: 'json', status: 200, schema: pageOf(view) },
    }),
    get: defineRoute({
      ...common,
      id: `get${name}`,
      method: 'GET',
      path: `${path}/{key}`,
      summary: `One ${thing}.`,
      scope: read,
      params: keyParams,
      response: { kind: 'json', status: 200, schema: view },
    }),
    put: defineRoute({
      ...common,
      id: `put${name}`,
      method: 'PUT',
      path: `${path}/{key}`,
      summary: `Make or change a ${thing}.`,
      scope: write,
      params: keyParams,
      body: { kind: 'json', schema: body },
      response: { kind: 'json', status: 200, schema: view },
      ifMatch: 'required',
    }),
    remove: defineRoute({
      ...common,
      id: `delete${name}`,
      method: 'DELETE',
      path: `${path}/{key}`,
      summary: `Remove a ${thing} that nothing names.`,
      scope: write,
      params: keyParams,
      response: { kind: 'empty', status: 204 },
      ifMatch: 'required',
    }),
  };
}

/** What resources with a draft and published versions have besides. */
function publishedRoutes<const Name extends string, Content extends z.ZodType>(
  name: Name,
  options: { path: string; tag: string; thing: string; content: Content },
) {
  const { path, tag, thing, content } = options;
  const common = { tag, service };
  const version = z.object({
    number: z.int().positive(),
    publishedAt: timestampSchema,
    actor: z.string().nullable(),
    content,
  });
  return {
    publish: defineRoute({
      ...common,
      id: `publish${name}`,
      method: 'POST',
      path: `${path}/{key}/publish`,
      summary: `Make a version of the draft ${thing}; runs take the newest published one.`,
      scope: write,
      params: keyParams,
      body: { kind: 'json', schema: z.strictObject({ note: lineSchema(500).optional() }) },
      response: { kind: 'json', status: 200, schema: version },
    }),
    versions: defineRoute({
      ...common,
      id: `list${name}Versions`,
      method: 'GET',
      path: `${path}/{key}/versions`,
      summary: `Published versions of a ${thing}, newest first. A published version never changes.`,
      scope: read,
      params: keyParams,
      query: z.strictObject({ ...pageQuery }),
      response: { kind: 'json', status: 200, schema: pageOf(version) },
    }),
  };
}

/** Fields of a resource with a draft: the number of the newest published version, null before the first. */
const publishedFields = { publishedVersion: z.int().positive().nullable(), isPublished: z.boolean() };
const readOnlyPublished = {
  publishedVersion: z.int().positive().nullish(),
  isPublished: z.boolean().optional(),
};

// Message servers

export const tlsModeSchema = z.enum(['implicit', 'starttls', 'opportunistic', 'none']);
export type TlsMode = z.infer<typeof tlsModeSchema>;

/**
 * Where a conversation with a mail server was. `after-dot` is reached when the final dot was handed to the operating
 * system: from then on only the server knows whether it has the mail (RFC 5321 4.1.1.4, RFC 1047).
 */
export const conversationStages = [
  'connect',
  'greeting',
  'ehlo',
  'starttls',
  'auth',
  'mail',
  'rcpt',
  'data',
  'content',
  'after-dot',
] as const;
export type ConversationStage = (typeof conversationStages)[number];

/**
 * What a reply of this server means, where it means something else than it does of others. All that is given must
 * match, and of each list one entry; the first rule that matches decides. Plain text, no patterns.
 */
export const replyRuleSchema = z
  .strictObject({
    /** Where in the conversation it is said; `after-dot` is the answer to the whole mail. */
    stages: z.array(z.enum(conversationStages)).min(1).max(10).optional(),
    /** Reply codes, `x` for any digit: `451`, `55x`. */
    smtp: z
      .array(z.string().regex(/^[45][0-9x]{2}$/, 'Give a code like 451 or 55x.'))
      .min(1)
      .max(20)
      .optional(),
    /** Enhanced codes (RFC 3463), `x` for any number: `4.7.x`. */
    enhanced: z
      .array(z.string().regex(/^[45]\.(\d{1,3}|x)\.(\d{1,3}|x)$/, 'Give a code like 4.7.1 or 5.7.x.'))
      .min(1)
      .max(20)
      .optional(),
    /** Parts of the server's text, in capital or small letters. */
    text: z.array(lineSchema(200).min(2)).min(1).max(20).optional(),
    /**
     * Whose fault it is. `recipient`: this address. `mail`: this mail. `sender`: the run pauses. `server`: the server is
     * left alone for a while. `credentials`: it is left alone until its settings change. `rate`: it gets fewer mails.
     * `session`: the mail goes again over another connection.
     */
    scope: z.enum(['recipient', 'mail', 'sender', 'server', 'credentials', 'rate', 'session']),
    /** Whether it is never tried again; of scope `recipient` or `mail` only. */
    permanent: z.boolean().default(false),
  })
  .refine(
    ({ permanent, scope }) => !permanent || scope === 'recipient' || scope === 'mail',
    'Only what is said about a recipient or a mail can be permanent: no other fault is a customer’s.',
  )
  .refine(
    ({ stages, smtp, enhanced, text }) => Boolean(stages ?? smtp ?? enhanced ?? text),
    'Give at least one of stages, smtp, enhanced and text.',
  );
export type ReplyRuleFields = z.infer<typeof replyRuleSchema>;

/** So many messages or recipients in any minute, hour or day, over all that Mailrun sends over the server. */
export const serverLimitSchema = z.strictObject({
  count: z.enum(['messages', 'recipients']),
  per: z.enum(['minute', 'hour', 'day']),
  max: z.int().min(1).max(100_000_000),
});

const messageServerFields = {
  kind: z.literal('smtp').default('smtp'),
  host: z
    .string()
    .min(1)
    .max(253)
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.:-]*[A-Za-z0-9])?$/, 'Give a host name or an IP address.'),
  port: z.int().min(1).max(65_535),
  /** Implicit TLS from the first byte (465), STARTTLS required, STARTTLS if offered, or none. */
  tls: tlsModeSchema,
  /** Certificates are verified unless this is false; the portal shows it. */
  verifyCertificate: z.boolean().default(true),
  user: lineSchema(300).min(1).nullable().default(null),
  messagesPerMinute: z.int().min(1).max(1_000_000).nullable().default(null),
  maxConnections: z.int().min(1).max(500).default(5),
  /** Largest mail that the server takes, when it does not say so itself (EHLO SIZE). */
  maxSizeBytes: z.int().min(1000).nullable().default(null),
  replyRules: z.array(replyRuleSchema).max(50).default([]),
  /** Beside `messagesPerMinute`, which spreads mails evenly: used up at once if need be, and then waited for. */
  limits: z.array(serverLimitSchema).max(6).default([]),
  /**
   * Servers that name the same group share `messagesPerMinute`, `maxConnections` and `limits`, for instance because they
   * are one account at one provider. Of each the lowest that one of them says counts, for all together.
   */
  limitGroup: keySchema.nullable().default(null),
};

/** How the dispatchers use a message server now, all together. */
export const messageServerStateSchema = z.object({
  /**
   * `closed`: mails flow. `open`: it failed and is left alone until `probesAt`; its mails wait. `half-open`: one mail
   * probes whether it is back.
   */
  circuit: z.enum(['closed', 'open', 'half-open']),
  /** With a circuit that is not closed: since when, why, and when it is probed next. */
  since: timestampSchema.nullable(),
  probesAt: timestampSchema.nullable(),
  code: z.string().nullable(),
  smtpCode: z.int().nullable(),
  serverText: z.string().nullable(),
  /** Measured over the last ten seconds. */
  sentPerMinute: z.int().nonnegative(),
  /** Connections taken. */
  connections: z.int().nonnegative(),
  /** Lower than what is configured, after the server asked for less; they rise again by themselves. */
  reducedMessagesPerMinute: z.int().positive().nullable(),
  reducedConnections: z.int().positive().nullable(),
  /** One of `limits` is used up: mails wait until then. */
  usedUpUntil: timestampSchema.nullable(),
  /** Since when it is paused by a person; null when it is not. Who and why is in the audit log. */
  pausedSince: timestampSchema.nullable(),
  statusText: z.string(),
  nextStep: z.string().nullable(),
});
export type MessageServerState = z.infer<typeof messageServerStateSchema>;
export const messageServerSchema = z.object({
  key: keySchema,
  ...messageServerFields,
  /** Whether a password is set; it is never read. */
  hasPassword: z.boolean(),
  /** Null when it can't be told now. */
  state: messageServerStateSchema.nullable(),
  ...versionedFields,
});
export type MessageServer = z.infer<typeof messageServerSchema>;
export const messageServerBody = z.strictObject({
  ...messageServerFields,
  /** Write-only: left out stays as it is, null removes. */
  password: z.string().min(1).max(1000).nullish(),
  hasPassword: z.boolean().optional(),
  /** Of a read; ignored, for it changes all the time. */
  state: z.unknown().optional(),
  ...readOnly,
});
export const messageServerRoutes = keyedRoutes('MessageServer', {
  path: '/v1/message-servers',
  tag: 'Message servers',
  thing: 'message server',
  view: messageServerSchema,
  body: messageServerBody,
});
export const serverTestResultSchema = z.object({
  isAccepted: z.boolean(),
  /** The conversation, line by line, secrets left out. */
  conversation: z.array(z.object({ from: z.enum(['client', 'server']), line: z.string() })),
  detail: z.string(),
  seconds: z.number(),
});
export const testMessageServer = defineRoute({
  tag: 'Message servers',
  service: 'dispatcher',
  id: 'testMessageServer',
  method: 'POST',
  path: '/v1/message-servers/{key}/test',
  summary: 'Send the fixed test mail to one of the tenant’s test addresses and answer with the conversation.',
  scope: 'runs:send',
  params: keyParams,
  body: { kind: 'json', schema: z.strictObject({ to: addressSchema, fromKey: keySchema }) },
  response: { kind: 'json', status: 200, schema: serverTestResultSchema },
});

const pauses = {
  tag: 'Message servers',
  service: 'dispatcher',
  method: 'POST',
  params: keyParams,
  body: { kind: 'json', schema: z.strictObject({ note: lineSchema(500).optional() }) },
  response: {
    kind: 'json',
    status: 200,
    schema: z.object({ key: keySchema, pausedSince: timestampSchema.nullable() }),
  },
} as const;
export const pauseMessageServer = defineRoute({
  ...pauses,
  id: 'pauseMessageServer',
  path: '/v1/message-servers/{key}/pause',
  summary:
    'Send nothing more over the server: at once, but for conversations that had begun. Its mails wait and keep their tries; tests are still sent.',
  scope: 'runs:write',
});
export const resumeMessageServer = defineRoute({
  ...pauses,
  id: 'resumeMessageServer',
  path: '/v1/message-servers/{key}/resume',
  summary: 'Let the mails of a paused server go on.',
  scope: 'runs:send',
});

// Senders, recipient keys, password keys

const senderFields = {
  address: addressSchema,
  displayName: lineSchema(200).nullable().default(null),
  replyTo: addressSchema.nullable().default(null),
  /** The message server that carries it. */
  serverKey: keySchema,
};
export const senderSchema = z.object({ key: keySchema, ...senderFields, ...versionedFields });
export const senderBody = z.strictObject({ ...senderFields, ...readOnly });
export const senderRoutes = keyedRoutes('Sender', {
  path: '/v1/senders',
  tag: 'Senders',
  thing: 'sender',
  view: senderSchema,
  body: senderBody,
});

const namedFields = { name: lineSchema(200).min(1) };
export const namedKeySchema = z.object({ key: keySchema, ...namedFields, ...versionedFields });
export const namedKeyBody = z.strictObject({ ...namedFields, ...readOnly });
export const recipientKeyRoutes = keyedRoutes('RecipientKey', {
  path: '/v1/recipient-keys',
  tag: 'Recipient keys',
  thing: 'recipient key',
  view: namedKeySchema,
  body: namedKeyBody,
});
export const passwordKeyRoutes = keyedRoutes('PasswordKey', {
  path: '/v1/password-keys',
  tag: 'Password keys',
  thing: 'password key',
  view: namedKeySchema,
  body: namedKeyBody,
});

// Message templates

const templateText = z.string().max(500_000);
const messageTemplateContent = {
  name: lineSchema(200).min(1),
  /** Razor; one line. */
  subject: z.string().min(1).max(5000),
  /** Razor; one of the two bodies or both. */
  html: templateText.nullable().default(null),
  text: templateText.nullable().default(null),
};
export const messageTemplateSchema = z.object({
  key: keySchema,
  ...messageTemplateContent,
  ...publishedFields,
  ...versionedFields,
});
export const messageTemplateBody = z.strictObject({
  ...messageTemplateContent,
  ...readOnlyPublished,
  ...readOnly,
});
const templates = { path: '/v1/message-templates', tag: 'Message templates', thing: 'message template' };
export const messageTemplateRoutes = {
  ...keyedRoutes('MessageTemplate', { ...templates, view: messageTemplateSchema, body: messageTemplateBody }),
  ...publishedRoutes('MessageTemplate', { ...templates, content: z.object(messageTemplateContent) }),
};

// Images

export const imageSchema = z.object({
  key: keySchema,
  contentType: z.enum(['image/png', 'image/jpeg', 'image/gif']),
  sizeBytes: z.int().nonnegative(),
  sha256: sha256Schema,
  ...versionedFields,
});
const images = { tag: 'Images', service };
export const imageRoutes = {
  list: defineRoute({
    ...images,
    id: 'listImages',
    method: 'GET',
    path: '/v1/images',
    summary: 'All images, by key. A template names one as `cid:<key>`.',
    scope: read,
    query: z.strictObject({ ...pageQuery }),
    response: { kind: 'json', status: 200, schema: pageOf(imageSchema) },
  }),
  get: defineRoute({
    ...images,
    id: 'getImage',
    method: 'GET',
    path: '/v1/images/{key}',
    summary: 'The bytes of an image.',
    scope: read,
    params: keyParams,
    response: { kind: 'stream', status: 200, contentType: 'application/octet-stream' },
  }),
  put: defineRoute({
    ...images,
    id: 'putImage',
    method: 'PUT',
    path: '/v1/images/{key}',
    summary: 'Upload a PNG, JPEG or GIF, at most 1 MiB.',
    scope: write,
    params: keyParams,
    body: { kind: 'stream', contentTypes: ['image/png', 'image/jpeg', 'image/gif'], summary: 'The bytes.' },
    response: { kind: 'json', status: 200, schema: imageSchema },
    ifMatch: 'required',
  }),
  remove: defineRoute({
    ...images,
    id: 'deleteImage',
    method: 'DELETE',
    path: '/v1/images/{key}',
    summary: 'Remove an image.',
    scope: write,
    params: keyParams,
    response: { kind: 'empty', status: 204 },
    ifMatch: 'required',
  }),
};

// Invoice transformations

const transformationContent = {
  name: lineSchema(200).min(1),
  /** Razor; null: filled by uploads only. */
  template: templateText.nullable().default(null),
  /** Needed with a template. */
  outputType: outputTypeSchema.nullable().default(null),
  /** Razor, for instance `Invoice-@(invoice.number).pdf`. */
  fileNamePattern: lineSchema(300).min(1),
};
export const invoiceTransformationSchema = z.object({
  key: keySchema,
  ...transformationContent,
  ...publishedFields,
  ...versionedFields,
});
export const invoiceTransformationBody = z.strictObject({
  ...transformationContent,
  ...readOnlyPublished,
  ...readOnly,
});
const transformations = {
  path: '/v1/invoice-transformations',
  tag: 'Invoice transformations',
  thing: 'invoice transformation',
};
export const invoiceTransformationRoutes = {
  ...keyedRoutes('InvoiceTransformation', {
    ...transformations,
    view: invoiceTransformationSchema,
    body: invoiceTransformationBody,
  }),
  ...publishedRoutes('InvoiceTransformation', {
    ...transformations,
    content: z.object(transformationContent),
  }),
};

// Message definitions

const messageDefinitionContent = {
  name: lineSchema(200).min(1),
  fromKey: keySchema,
  recipientKey: keySchema,
  templateKey: keySchema,
  /** To attach, in this order. */
  transformationKeys: z.array(keySchema).max(20).default([]),
  zip: z.boolean().default(false),
  /** Razor; the archive's name. Default: `Invoice-@(invoice.number).zip`. */
  archiveNamePattern: lineSchema(300).min(1).nullable().default(null),
  /** Requires zip. */
  passwordKey: keySchema.nullable().default(null),
  collate: z.boolean().default(false),
  /** What becomes of an invoice whose customer has no address under the recipient key. */
  whenNoRecipient: z.enum(['gap', 'not-the-group']).default('gap'),
  /** What becomes of an invoice without any document of the transformations. */
  whenNoDocument: z.enum(['gap', 'not-the-group']).default('gap'),
  /** What becomes of an invoice with some of its documents. */
  whenDocumentMissing: z.enum(['skip', 'send']).default('skip'),
  inDoubtPolicy: inDoubtPolicySchema.default('hold'),
  /** A mail that the mail server put off for longer, counted from its first try, fails. */
  giveUpAfterHours: giveUpAfterHoursSchema.default(72),
};
export const messageDefinitionContentSchema = z.object(messageDefinitionContent);
export type MessageDefinitionContent = z.infer<typeof messageDefinitionContentSchema>;
export const messageDefinitionSchema = z.object({
  key: keySchema,
  ...messageDefinitionContent,
  ...publishedFields,
  ...versionedFields,
});
export const messageDefinitionBody = z.strictObject({
  ...messageDefinitionContent,
  ...readOnlyPublished,
  ...readOnly,
});
const definitions = {
  path: '/v1/message-definitions',
  tag: 'Message definitions',
  thing: 'message definition',
};
export const messageDefinitionRoutes = {
  ...keyedRoutes('MessageDefinition', {
    ...definitions,
    view: messageDefinitionSchema,
    body: messageDefinitionBody,
  }),
  ...publishedRoutes('MessageDefinition', { ...definitions, content: messageDefinitionContentSchema }),
};

export const definitionRoutes = [
  ...Object.values(messageServerRoutes),
  testMessageServer,
  pauseMessageServer,
  resumeMessageServer,
  ...Object.values(senderRoutes),
  ...Object.values(recipientKeyRoutes),
  ...Object.values(passwordKeyRoutes),
  ...Object.values(messageTemplateRoutes),
  ...Object.values(imageRoutes),
  ...Object.values(invoiceTransformationRoutes),
  ...Object.values(messageDefinitionRoutes),
];
