export { openKafka, type ProcessBus } from './bus.js';
export { BlobClaimStore } from './blob-claim-store.js';
export { persistenceOf, rolePassword } from './database.js';
export { PostgresDeadLetterStore } from './dead-letter-store.postgres.js';
export { startProcess, type ProcessOptions, type ProcessSettings, type RunningProcess } from './process.js';
export * from './runtime-settings.js';
export { stopOnSignals } from './signals.js';
export { SurroundingsModule, type Surroundings } from './surroundings.module.js';
