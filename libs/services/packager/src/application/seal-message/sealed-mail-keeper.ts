import { Readable } from 'node:stream';
import type { BlobStore } from '@mailrun/platform-blobs';
import type { SealedMail } from './sealed-mail.js';

/** Puts the bytes of sealed mails where the dispatcher finds them. */
export class SealedMailKeeper {
  constructor(
    private readonly blobs: BlobStore,
    private readonly inlineMaxBytes: number,
  ) {}

  /**
   * Small mails travel in the message, since a row is cheaper than a file below about 16 kB. Others are durable in
   * the store when this returns, and so before the message that names them is published.
   *
   * @throws Outage when the store is away
   */
  async keep(
    mail: SealedMail,
    of: { readonly tenantId: string; readonly messageId: string; readonly copy: number },
  ): Promise<{ inline: string } | { blobKey: string }> {
    const [only, ...more] = mail.bytes;
    if (mail.sizeBytes <= this.inlineMaxBytes) {
      return { inline: mail.bytes.map((piece) => piece.toString('latin1')).join('') };
    }
    const blobKey = `sealed/${of.tenantId}/${of.messageId}/${of.copy}/${mail.sha256}`;
    const { sha256, sizeBytes } = mail;
    const content =
      only !== undefined && more.length === 0
        ? only
        : { stream: Readable.from(mail.bytes, { objectMode: false }), sha256, sizeBytes };
    await this.blobs.put(blobKey, content, { contentType: 'message/rfc822', sha256 });
    return { blobKey };
  }
}
