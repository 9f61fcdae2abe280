export { DefinitionsModule } from './definitions.module.js';
export { definitionsMigrations } from './outbound/postgres/migrations/index.js';
