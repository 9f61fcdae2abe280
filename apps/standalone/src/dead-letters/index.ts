export { deadLettersCommand } from './command.js';
export type { Terminal } from './run-dead-letters.js';
