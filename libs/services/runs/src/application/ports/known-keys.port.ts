/** Keys that the tenant's configuration has. */
export interface KnownKeySets {
  readonly recipientKeys: ReadonlySet<string>;
  readonly passwordKeys: ReadonlySet<string>;
  readonly transformationKeys: ReadonlySet<string>;
}

/** Keys that a change uses, by kind. */
export type NeededKeys = { readonly [Kind in keyof KnownKeySets]?: Iterable<string> };

/** The keys of the definitions service. May be some seconds old; what seems unknown was asked for anew. */
export abstract class KnownKeys {
  /**
   * All keys of the tenant, of which those needed, if missing, are certainly not there. Never call it inside of a
   * transaction: it may ask another service.
   * @throws Outage when that service can't be reached
   */
  abstract lookUp(tenantId: string, needed: NeededKeys): Promise<KnownKeySets>;
}
