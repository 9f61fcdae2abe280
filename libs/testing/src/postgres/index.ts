export { BreakablePostgres } from './breakable-postgres.js';
export { createTestDatabase, type TestDatabase } from './test-database.js';
