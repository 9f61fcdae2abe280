export { performAct, recordAudit, type ActContext, type Answer, type AuditEntry } from './acts.js';
export { bootstrap, serviceUrl, type BootstrapOptions } from './bootstrap.js';
export { Database, TypeOrmDatabase, type EntityTarget, type Transaction } from './database.js';
export { migrate, type MigrateOptions } from './migrate.js';
export { deadLetterSchema } from './schema-statements.js';
export { schemaName, servicesWithSchema, type ServiceWithSchema } from './naming.js';
export {
  PersistenceModule,
  dataSourceOptions,
  openDataSource,
  type PersistenceOptions,
} from './persistence.module.js';
export { extendPartitions } from './partition-upkeep.js';
