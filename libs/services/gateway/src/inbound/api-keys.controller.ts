import { Controller } from '@nestjs/common';
import { createApiKey, listApiKeys, revokeApiKey } from '@mailrun/contracts';
import { Serves, decodeCursor, pageOfRows, type Call, type HttpAnswer } from '@mailrun/platform-http';
import { ManageApiKeys } from '../application/manage-api-keys/manage-api-keys.use-case.js';
import type { ApiKey } from '../domain/api-key.js';

@Controller()
export class ApiKeysController {
  constructor(private readonly keys: ManageApiKeys) {}

  @Serves(listApiKeys)
  async list({ context, query }: Call<typeof listApiKeys>): Promise<HttpAnswer> {
    const after = decodeCursor(query.cursor, 1)?.[0] as string | undefined;
    const keys = await this.keys.list(context.tenantId, query.limit + 1, after);
    return { body: pageOfRows(keys, query.limit, (key) => [key.id], viewOf) };
  }

  @Serves(createApiKey)
  create({ context, body }: Call<typeof createApiKey>): Promise<HttpAnswer> {
    const wanted = { ...body, expiresAt: body.expiresAt == null ? null : new Date(body.expiresAt) };
    return this.keys.create(context, wanted, viewOf);
  }

  @Serves(revokeApiKey)
  async revoke({ context, params }: Call<typeof revokeApiKey>): Promise<HttpAnswer> {
    await this.keys.revoke(context, params.id);
    return {};
  }
}

function viewOf({ id, name, scopes, createdAt, expiresAt, revokedAt }: ApiKey) {
  return {
    id,
    name,
    scopes,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
  };
}
