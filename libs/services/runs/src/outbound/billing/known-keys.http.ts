import { Injectable } from '@nestjs/common';
import { listKnownKeys } from '@mailrun/contracts';
import { RouteClient } from '@mailrun/platform-http';
import { KnownKeys, type KnownKeySets, type NeededKeys } from '../../application/ports/known-keys.port.js';

/** Keys change rarely, and imports ask for them in each batch. */
const cacheMs = 5_000;
const maxTenants = 1_000;

/** The keys of the definitions service, kept for some seconds for each tenant. */
@Injectable()
export class HttpKnownKeys extends KnownKeys {
  private readonly cache = new Map<string, { readonly keys: KnownKeySets; readonly until: number }>();

  constructor(private readonly client: RouteClient) {
    super();
  }

  override async lookUp(tenantId: string, needed: NeededKeys): Promise<KnownKeySets> {
    const cached = this.cache.get(tenantId);
    if (cached !== undefined && cached.until > Date.now() && hasAll(cached.keys, needed)) return cached.keys;
    // Nobody needs to be asked for nothing: data without keys is taken also while definitions is away.
    if (hasAll(none, needed)) return cached?.keys ?? none;
    const answer = await this.client.call(listKnownKeys, { tenantId }, {});
    const keys = {
      recipientKeys: new Set(answer.recipientKeys),
      passwordKeys: new Set(answer.passwordKeys),
      transformationKeys: new Set(answer.transformationKeys),
    };
    if (this.cache.size >= maxTenants) this.cache.clear();
    this.cache.set(tenantId, { keys, until: Date.now() + cacheMs });
    return keys;
  }
}

const none: KnownKeySets = {
  recipientKeys: new Set(),
  passwordKeys: new Set(),
  transformationKeys: new Set(),
};

const hasAll = (keys: KnownKeySets, needed: NeededKeys) =>
  (Object.keys(none) as (keyof KnownKeySets)[]).every((kind) =>
    [...(needed[kind] ?? [])].every((key) => keys[kind].has(key)),
  );
