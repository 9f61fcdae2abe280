import type { PackageMessage } from '@mailrun/contracts';
import type { BlobStore } from '@mailrun/platform-blobs';
import { safeFileName, uniqueFileNames, withExtension } from '../../domain/attachment-names.js';
import { isAlreadyCompressed } from '../../domain/compressed-content.js';
import type { MailFile } from '../../domain/mail/compose-mail.js';
import { refusals } from '../../domain/refusals.js';
import type { ArchiveWriter } from '../ports/archive-writer.port.js';
import { readBlob } from './blob-reading.js';

/** The part of its size that text is taken to need at least when it is zipped. */
const bestCompression = 1 / 10;

export interface Packing {
  readonly zip: boolean;
  /** Of the archive; only with `zip`. */
  readonly password?: string | undefined;
  readonly at: Date;
}

/** The documents of a message as attachments: named, collected and, if asked, put into one archive. */
export class Attachments {
  constructor(
    private readonly blobs: BlobStore,
    private readonly archives: ArchiveWriter,
    private readonly mailMaxBytes: number,
  ) {}

  /**
   * @throws Refusal `package.document-damaged`, `package.too-large`
   * @throws Outage when the store is away
   */
  async collect(message: PackageMessage, { zip, password, at }: Packing): Promise<MailFile[]> {
    this.assertCanFit(message, zip);
    const { attachments } = message;
    const names = uniqueFileNames(attachments.map(({ fileName }) => safeFileName(fileName, 'document')));
    const files = await Promise.all(
      attachments.map(async ({ content, contentType }, index) => ({
        fileName: names[index]!,
        contentType,
        content: await readBlob(this.blobs, content, () => refusals.documentDamaged(names[index]!)),
      })),
    );
    if (!zip || files.length === 0) return files;
    const archive = await this.archives.write(
      files.map((file) => ({ ...file, deflate: !isAlreadyCompressed(file) })),
      { modifiedAt: at, password },
    );
    const archiveName = withExtension(safeFileName(message.archiveName ?? '', 'documents'), '.zip');
    return [{ fileName: archiveName, contentType: 'application/zip', content: archive }];
  }

  /** Says early, from sizes alone, what could never become a mail: before its bytes fill the memory. */
  private assertCanFit({ attachments }: PackageMessage, zip: boolean): void {
    let least = 0;
    for (const attachment of attachments) {
      const shrinks = zip && !isAlreadyCompressed(attachment);
      least += attachment.content.sizeBytes * (shrinks ? bestCompression : 1);
    }
    const leastBytes = Math.floor((least * 4) / 3);
    if (leastBytes > this.mailMaxBytes) throw refusals.tooLarge(leastBytes, this.mailMaxBytes);
  }
}
