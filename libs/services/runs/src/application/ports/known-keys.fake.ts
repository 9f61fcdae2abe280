import { KnownKeys, type KnownKeySets } from './known-keys.port.js';

/** Keys as a test says them, by tenant; `outage`, when set, is thrown. */
export class FakeKnownKeys extends KnownKeys {
  outage: Error | undefined;
  private readonly sets = new Map<string, KnownKeySets>();

  know(tenantId: string, keys: { readonly [Kind in keyof KnownKeySets]?: readonly string[] }): void {
    this.sets.set(tenantId, {
      recipientKeys: new Set(keys.recipientKeys),
      passwordKeys: new Set(keys.passwordKeys),
      transformationKeys: new Set(keys.transformationKeys),
    });
  }

  override lookUp(tenantId: string): Promise<KnownKeySets> {
    if (this.outage !== undefined) return Promise.reject(this.outage);
    const none = new Set<string>();
    return Promise.resolve(
      this.sets.get(tenantId) ?? { recipientKeys: none, passwordKeys: none, transformationKeys: none },
    );
  }
}
