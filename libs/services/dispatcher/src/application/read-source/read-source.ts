import { Readable } from 'node:stream';
import { Refusal } from '@mailrun/platform-errors';
import type { MailKey } from '../../domain/mail.js';
import { SealedMailLost, type SealedContents } from '../ports/sealed-contents.port.js';

/** The mail as it was, or will be, handed to the mail server. */
export interface MailSource {
  readonly stream: Readable;
  readonly sizeBytes: number;
}

export class ReadSource {
  constructor(private readonly contents: SealedContents) {}

  /** @throws Refusal `dispatch.no-source`, `dispatch.source-lost` */
  async read(tenantId: string, key: MailKey): Promise<MailSource> {
    const bytes = await this.contents.find(tenantId, key);
    if (!bytes) throw new Refusal('not-found', 'dispatch.no-source', 'There is no sealed mail of this copy.');
    try {
      const content = await this.contents.open(bytes);
      return {
        stream: Buffer.isBuffer(content) ? Readable.from([content]) : content,
        sizeBytes: 'inline' in bytes ? bytes.inline.length : bytes.blob.sizeBytes,
      };
    } catch (error) {
      if (!(error instanceof SealedMailLost)) throw error;
      throw new Refusal('not-found', 'dispatch.source-lost', 'The sealed mail is missing or damaged.');
    }
  }
}
