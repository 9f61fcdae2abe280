import { open, readFile } from 'node:fs/promises';
import type { CaughtMail } from '../caught-mail.js';
import type { MailStore } from '../mail-store.js';
import { openMail, type OpenedMail } from '../opened-mail.js';

/** Opens mails for the page; the last one stays open, since a page asks for its parts one after the other. */
export class MailReader {
  private last: { readonly id: number; readonly opened: Promise<OpenedMail> } | undefined;

  constructor(private readonly store: MailStore) {}

  async open(mail: CaughtMail): Promise<OpenedMail> {
    if (this.last?.id !== mail.id) this.last = { id: mail.id, opened: openMail(this.store.path(mail.id)) };
    const { opened } = this.last;
    try {
      return await opened;
    } catch (error) {
      if (this.last?.opened === opened) this.last = undefined;
      throw error;
    }
  }

  source(mail: CaughtMail): Promise<Buffer> {
    return readFile(this.store.path(mail.id));
  }

  /** The beginning of the source, for showing. */
  async sourceStart(mail: CaughtMail, maxBytes: number): Promise<string> {
    const file = await open(this.store.path(mail.id));
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(maxBytes, mail.sizeBytes)));
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  }
}
