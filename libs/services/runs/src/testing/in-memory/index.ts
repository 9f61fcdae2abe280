export {
  Dispatcher,
  type DecidedCopies,
  type DecidedCopy,
  type Gate,
} from '../../application/ports/dispatcher.port.js';
export { TenantSettingsReader } from '../../application/ports/tenant-settings-reader.port.js';
export type { RunRef } from '../../application/ports/engine-stores.js';
export type { Work } from '../../application/work-signals.js';
export { isFinal, isOpen } from '../../domain/runs/message-state.js';
export { EngineProcess, type EngineProcessParts } from './engine-process.js';
export { InMemoryDatabase, type InMemoryTransaction, type Step } from './in-memory-database.js';
export {
  IdSequence,
  InMemoryCompany,
  InMemoryStores,
  countersAndRows,
  memoryTenant,
  type PreparedRun,
} from './in-memory-engine.js';
export { InMemoryFeedStore } from './in-memory-feed-store.js';
export { InMemoryOutcomeStore } from './in-memory-outcome-store.js';
export { InMemoryRestoredRuns } from './in-memory-restored-runs.js';
export { InMemoryRunStore } from './in-memory-run-store.js';
export { InMemoryTables } from './in-memory-tables.js';
export type { RunRows } from './run-rows.js';
