import { domainOf } from './addresses.js';

/**
 * Message-ID of one copy of a message (RFC 5322 3.6.4): the same at every attempt, another for every copy.
 *
 * @param senderAddress in its transport form.
 */
export const messageIdOf = (messageId: string, copy: number, senderAddress: string): string =>
  `<${messageId}.${copy}@${domainOf(senderAddress)}>`;
