import { open, rm, writeFile, type FileHandle } from 'node:fs/promises';
import type { SMTPServerDataStream } from 'smtp-server';
import { MailScan } from './mail-scan.js';

/** Up to here a mail is held in memory and written at once; a larger one goes to its file as it comes in. */
const maxHeldBytes = 1024 * 1024;

/** The mail is larger than the catcher takes. */
export class MailTooLarge extends Error {}

/**
 * Writes a mail to a new file. When it returns, the file is whole; when it throws, there is none.
 * @throws MailTooLarge, after the rest of the mail was read and thrown away: the client listens only then.
 */
export async function writeIncomingMail(stream: SMTPServerDataStream, path: string) {
  const scan = new MailScan();
  const held: Buffer[] = [];
  let file: FileHandle | undefined;
  let sizeBytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (stream.sizeExceeded) continue;
      sizeBytes += chunk.length;
      scan.feed(chunk);
      if (file) await file.writeFile(chunk);
      else held.push(chunk);
      if (!file && sizeBytes > maxHeldBytes) {
        file = await open(path, 'w');
        await file.writeFile(held);
        held.length = 0;
      }
    }
    if (stream.sizeExceeded) throw new MailTooLarge();
    scan.end();
    if (!file) await writeFile(path, held.length === 1 && held[0] ? held[0] : Buffer.concat(held));
  } catch (error) {
    await file?.close();
    file = undefined;
    await rm(path, { force: true });
    throw error;
  } finally {
    await file?.close();
  }
  return { sizeBytes, scan };
}
