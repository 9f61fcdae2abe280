import { simpleParser, type AddressObject } from 'mailparser';
import type { ReceivedMail } from '@mailrun/testing';
import type { MailEvidence } from './evidence.js';
import { openArchive } from './open-archive.js';

/** Passwords to try on an archive: the one that must open it, and one that must not. */
export interface Passwords {
  readonly right: string | undefined;
  readonly wrong: string;
}

/** A received mail as its recipient's mail program shows it, with its archive opened. */
export async function readMail(received: ReceivedMail, passwords: Passwords): Promise<MailEvidence> {
  if (received.content === undefined)
    throw new Error('Let the mail server of these tests keep what it gets.');
  const mail = await simpleParser(received.content, { skipImageLinks: true, skipTextToHtml: true });
  const attachments = mail.attachments.map(({ filename = '', content }) => ({ name: filename, content }));
  const [only] = attachments;
  const isArchive = attachments.length === 1 && only?.name.endsWith('.zip') === true;
  return {
    received,
    subject: mail.subject ?? '',
    from: addressesOf(mail.from),
    addressees: [...addressesOf(mail.to), ...addressesOf(mail.cc)],
    bodies: [mail.text, mail.html].filter((body) => typeof body === 'string'),
    attachments,
    archive: isArchive ? await openArchive(only.content, passwords.right, passwords.wrong) : undefined,
  };
}

const addressesOf = (field: AddressObject | AddressObject[] | undefined): string[] =>
  [field ?? []].flat().flatMap(({ value }) => value.map(({ address = '' }) => address));
