import type { MessageType } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import { accepted } from './validate.js';

/** A body from its JSON, as the consumer of a type sees it. @throws Refusal `messaging.invalid-json`, `messaging.invalid-message` */
export function readBody(type: MessageType, json: string): unknown {
  try {
    return accepted(type, JSON.parse(json));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Refusal('malformed', 'messaging.invalid-json', `The body is no JSON: ${error.message}`);
  }
}
