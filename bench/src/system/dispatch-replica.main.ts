/**
 * One replica of the dispatcher, in a process of its own. Its argument says on which ledger and for which server; it
 * tells its parent that it is ready, begins when told, and tells how many mails it sent, ten times a second.
 */
import { FolderBlobStore } from '@mailrun/platform-blobs';
import { openDataSource, TypeOrmDatabase, type PersistenceOptions } from '@mailrun/platform-persistence';
import { openBareDispatcher, type ServerSettings } from '@mailrun/service-dispatcher';
import { CountingBus } from './counting-bus.js';

/** What a replica is told to work on. */
export interface ReplicaWork {
  readonly persistence: PersistenceOptions;
  readonly blobFolder: string;
  readonly server: ServerSettings;
}

const { persistence, blobFolder, server } = JSON.parse(process.argv[2] ?? '') as ReplicaWork;
const dataSource = await openDataSource(persistence);
const bus = new CountingBus(Infinity);
const { dispatch } = openBareDispatcher({
  database: new TypeOrmDatabase(dataSource),
  blobs: await FolderBlobStore.open(blobFolder),
  bus,
  servers: { find: () => Promise.resolve(server), findSender: () => Promise.resolve(undefined) },
});
let telling: NodeJS.Timeout | undefined;
process.once('message', () => {
  dispatch.start();
  // A parent that has just gone is heard of below.
  telling = setInterval(() => process.send?.({ sent: bus.sent }, () => undefined), 100);
});
process.once('disconnect', () => {
  clearInterval(telling);
  void dispatch.stop().finally(() => process.exit());
});
process.send?.({ ready: true });
