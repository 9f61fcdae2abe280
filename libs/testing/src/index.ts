export * from './postgres/index.js';
export * from './tools/index.js';
export * from './s3/index.js';
export * from './smtp/index.js';
export * from './kafka/index.js';
export { freePort, freePorts } from './net/free-port.js';
