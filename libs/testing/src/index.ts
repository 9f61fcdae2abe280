export { createTestDatabase, type TestDatabase } from './postgres/test-database.js';
export * from './tools/index.js';
export * from './s3/index.js';
export * from './smtp/index.js';
export * from './kafka/index.js';
