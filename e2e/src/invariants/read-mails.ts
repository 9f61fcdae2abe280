import { simpleParser, type AddressObject, type ParsedMail } from 'mailparser';
import type { ReceivedMail } from '@mailrun/testing';
import type { FileEvidence, MailEvidence } from './evidence.js';
import { openArchives, type LockedArchive } from './open-archives.js';

/** Received mails as their recipients' mail programs show them, with their archives opened. */
export async function readMails(
  received: readonly ReceivedMail[],
  passwordsOf: (mail: ReceivedMail) => LockedArchive['passwords'],
): Promise<MailEvidence[]> {
  const read: { mail: Omit<MailEvidence, 'archive'>; locked: LockedArchive | undefined }[] = [];
  for (const one of received) {
    const mail = await readMail(one);
    const archive = archiveIn(mail.attachments);
    read.push({ mail, locked: archive && { archive, passwords: passwordsOf(one) } });
  }
  const locked = read.flatMap((one) => one.locked ?? []);
  const opened = await openArchives(locked);
  const byArchive = new Map(locked.map((one, index) => [one, opened[index]]));
  return read.map(({ mail, locked: archive }) => ({ ...mail, archive: archive && byArchive.get(archive) }));
}

async function readMail(received: ReceivedMail): Promise<Omit<MailEvidence, 'archive'>> {
  if (received.content === undefined)
    throw new Error('Let the mail server of these tests keep what it gets.');
  const mail: ParsedMail = await simpleParser(received.content, {
    skipImageLinks: true,
    skipTextToHtml: true,
    skipTextLinks: true,
  });
  return {
    received,
    subject: mail.subject ?? '',
    from: addressesOf(mail.from),
    addressees: [...addressesOf(mail.to), ...addressesOf(mail.cc)],
    bodies: [mail.text, mail.html].filter((body) => typeof body === 'string'),
    attachments: mail.attachments.map(({ filename = '', content }) => ({ name: filename, content })),
  };
}

function archiveIn([first, ...others]: readonly FileEvidence[]): Buffer | undefined {
  return others.length === 0 && first?.name.endsWith('.zip') === true ? first.content : undefined;
}

const addressesOf = (field: AddressObject | AddressObject[] | undefined): string[] =>
  [field ?? []].flat().flatMap(({ value }) => value.map(({ address = '' }) => address));
