import { readSettings } from '@mailrun/platform-config';
import { InMemoryClaimStore } from '@mailrun/platform-messaging';
import {
  installationSettings,
  kafkaBusSettings,
  openKafka,
  type BusSettings,
  type InstallationSettings,
} from '@mailrun/platform-runtime';
import type { Environment } from './environment.js';

/** Topics need brokers, and neither a database nor secrets. @throws SettingsError */
export const readTopicsSettings = (environment: Environment) =>
  readSettings(environment, { installation: installationSettings, bus: kafkaBusSettings });

/** Makes the topics that are missing. @returns their names */
export async function makeTopics(settings: {
  readonly installation: InstallationSettings;
  readonly bus: BusSettings;
}): Promise<readonly string[]> {
  const { prefix } = settings.installation;
  const { partitions, replicationFactor } = settings.bus;
  // No body travels with this client, so claims are needed by name only.
  const messaging = openKafka(settings.bus, {
    prefix,
    clientId: `${prefix}.topics`,
    claims: new InMemoryClaimStore(),
    log: () => undefined,
  });
  return messaging.createTopics({ partitions, replicationFactor });
}
