import type { PublishedDefinition } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import { PublishedDefinitions, type DefinitionToRun } from './published-definitions.port.js';

/** Definitions in memory. */
export class FakePublishedDefinitions extends PublishedDefinitions {
  readonly definitions = new Map<string, DefinitionToRun>();

  publish(definition: PublishedDefinition, maxSizeBytes: number | null = null): void {
    this.definitions.set(definition.definition.key, { definition, maxSizeBytes });
  }

  override async read(_tenantId: string, key: string): Promise<DefinitionToRun> {
    const found = this.definitions.get(key);
    if (found !== undefined) return found;
    throw new Refusal('rule', 'runs.definition-not-published', `There is no published definition ${key}.`);
  }
}
