import { messagesByCopyName, ownerOf, type Rule } from '../evidence.js';

/** What a definition protects is an archive that its customer's password opens and no other does. */
export const archivesProtected: Rule = (evidence) => {
  const claimed = messagesByCopyName(evidence);
  return evidence.mails.flatMap(({ received, attachments, archive }) => {
    const owner = ownerOf(claimed, received);
    if (owner === undefined || !owner.definition.zip) return [];
    const isProtected = owner.definition.passwordKey !== null;
    const faults: string[] = [];
    if (archive === undefined) faults.push(`it has ${attachments.length} attachments and no archive`);
    else if (archive.files === undefined)
      faults.push(`the password of ${owner.message.customerCode} does not open it`);
    if (isProtected && archive?.opensWithAnother === true) faults.push('another password opens it as well');
    return faults.map((fault) => `${owner.company.name}, archive of ${received.messageId}: ${fault}`);
  });
};
