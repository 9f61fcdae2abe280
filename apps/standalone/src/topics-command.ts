import { InMemoryClaimStore } from '@mailrun/platform-messaging';
import { openKafka, type BusSettings, type InstallationSettings } from '@mailrun/platform-runtime';

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
