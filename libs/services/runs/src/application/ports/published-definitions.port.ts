import type { PublishedDefinition } from '@mailrun/contracts';

/** A definition with all that it names, and what its message server takes. */
export interface DefinitionToRun {
  readonly definition: PublishedDefinition;
  /** Largest mail of the message server; null when it names none. */
  readonly maxSizeBytes: number | null;
}

/** The definitions service, as runs sees it. */
export abstract class PublishedDefinitions {
  /**
   * The newest published version.
   * @throws Refusal `runs.definition-not-published`
   * @throws Outage
   */
  abstract read(tenantId: string, key: string): Promise<DefinitionToRun>;
}
