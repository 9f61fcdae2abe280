export * from './values.js';
export * from './bus/message-type.js';
export * from './bus/parts.js';
export * from './bus/messages.js';
export * as busExamples from './bus/examples.js';
export * from './http/route.js';
export * from './http/problem.js';
export * from './api/index.js';
export * from './internal/index.js';
