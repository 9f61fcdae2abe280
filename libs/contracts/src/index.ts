export * from './values.js';
export * from './bus/message-type.js';
export * from './bus/parts.js';
export * from './bus/messages.js';
export * as busExamples from './bus/examples.js';
