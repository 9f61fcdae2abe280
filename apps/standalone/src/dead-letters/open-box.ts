import { InMemoryClaimStore, type DeadLetterBox, type MessagingLog } from '@mailrun/platform-messaging';
import { TypeOrmDatabase, deadLetterSchema, openDataSource } from '@mailrun/platform-persistence';
import {
  openKafka,
  persistenceOf,
  PostgresDeadLetterBox,
  type BusSettings,
  type DatabaseSettings,
  type InstallationSettings,
} from '@mailrun/platform-runtime';

export interface OpenedBox {
  readonly box: DeadLetterBox;
  close(): Promise<void>;
}

/** The dead letters of Kafka. */
export async function openTopicsBox(
  { bus, installation }: { readonly bus: BusSettings; readonly installation: InstallationSettings },
  log: MessagingLog,
): Promise<OpenedBox> {
  const { prefix } = installation;
  // Records are published as they are, so claims are needed by name only.
  const claims = new InMemoryClaimStore();
  const messaging = openKafka(bus, { prefix, clientId: `${prefix}.dead-letters`, claims, log });
  await messaging.connect();
  return { box: messaging.deadLetterBox(), close: () => messaging.close() };
}

/** The dead letters of the embedded shape. */
export async function openTableBox(settings: {
  readonly installation: InstallationSettings;
  readonly database: DatabaseSettings;
}): Promise<OpenedBox> {
  const source = await openDataSource({ ...persistenceOf(settings, deadLetterSchema), poolSize: 2 });
  const box = new PostgresDeadLetterBox(new TypeOrmDatabase(source));
  return { box, close: () => source.destroy() };
}
