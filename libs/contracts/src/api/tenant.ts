import { z } from 'zod';
import { defineRoute, scopes } from '../http/route.js';
import { addressSchema, lineSchema, modeSchema, timestampSchema } from '../values.js';
import { idParams, pageOf, pageQuery, readOnlyVersioned, versionedFields } from './common.js';

const service = 'gateway' as const;

const tenantFields = {
  name: lineSchema(200).min(1),
  /** As created: `test`. In `test`, mail goes to the first test address only, marked. */
  mode: modeSchema,
  testAddresses: z.array(addressSchema).max(20),
  /** Domains in which a run may name BCC addresses. */
  allowedBccDomains: z.array(z.string().max(253)).max(50),
  locale: z.string().max(35),
  timeZone: z.string().max(60),
};
export const tenantSchema = z.object({ id: z.uuid(), ...tenantFields, ...versionedFields });
export type Tenant = z.infer<typeof tenantSchema>;
export const tenantBody = z.strictObject({ ...tenantFields, id: z.uuid().optional(), ...readOnlyVersioned });

const common = { tag: 'Tenant', service };
export const getTenant = defineRoute({
  ...common,
  id: 'getTenant',
  method: 'GET',
  path: '/v1/tenant',
  summary: 'The own settings of the tenant.',
  scope: 'definitions:read',
  response: { kind: 'json', status: 200, schema: tenantSchema },
});
export const putTenant = defineRoute({
  ...common,
  id: 'putTenant',
  method: 'PUT',
  path: '/v1/tenant',
  summary: 'Change the settings; mode `live` lets mail reach customers.',
  scope: 'admin',
  body: { kind: 'json', schema: tenantBody },
  response: { kind: 'json', status: 200, schema: tenantSchema },
  ifMatch: 'required',
});

export const apiKeySchema = z.object({
  id: z.uuid(),
  name: z.string(),
  scopes: z.array(z.enum(scopes)),
  createdAt: timestampSchema,
  expiresAt: timestampSchema.nullable(),
  revokedAt: timestampSchema.nullable(),
});
const keys = { tag: 'API keys', service };
export const listApiKeys = defineRoute({
  ...keys,
  id: 'listApiKeys',
  method: 'GET',
  path: '/v1/api-keys',
  summary: 'API keys of the tenant; secrets are never shown again.',
  scope: 'admin',
  query: z.strictObject({ ...pageQuery }),
  response: { kind: 'json', status: 200, schema: pageOf(apiKeySchema) },
});
export const createApiKey = defineRoute({
  ...keys,
  id: 'createApiKey',
  method: 'POST',
  path: '/v1/api-keys',
  summary: 'A new API key. Its secret is in this answer only.',
  scope: 'admin',
  body: {
    kind: 'json',
    schema: z.strictObject({
      name: lineSchema(200).min(1),
      scopes: z.array(z.enum(scopes)).min(1),
      expiresAt: timestampSchema.nullish(),
    }),
  },
  response: { kind: 'json', status: 201, schema: apiKeySchema.extend({ secret: z.string() }) },
});
export const revokeApiKey = defineRoute({
  ...keys,
  id: 'revokeApiKey',
  method: 'DELETE',
  path: '/v1/api-keys/{id}',
  summary: 'Revoke a key at once.',
  scope: 'admin',
  params: idParams,
  response: { kind: 'empty', status: 204 },
});

export const tenantRoutes = [getTenant, putTenant, listApiKeys, createApiKey, revokeApiKey] as const;
