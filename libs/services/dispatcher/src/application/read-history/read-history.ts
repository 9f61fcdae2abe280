import { Refusal } from '@mailrun/platform-errors';
import type { MessageHistory, OutcomeStore } from '../ports/outcome-store.port.js';

/** All copies of a message, their recipients, and each conversation about them. */
export class ReadHistory {
  constructor(private readonly store: OutcomeStore) {}

  /** @throws Refusal `dispatch.message-not-found` */
  async read(tenantId: string, messageId: string): Promise<MessageHistory> {
    const history = await this.store.history(tenantId, messageId);
    if (!history) {
      throw new Refusal(
        'not-found',
        'dispatch.message-not-found',
        'The dispatcher has no mail of this message.',
      );
    }
    return history;
  }
}
