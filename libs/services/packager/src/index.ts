export { PackagerModule } from './packager.module.js';
export { packagerSettings, type PackagerSettings } from './application/packager-settings.js';

// What benchmarks measure.
export { SealMessage, type SealedContent } from './application/seal-message/seal-message.js';
export {
  ArchiveWriter,
  type ArchiveFile,
  type ArchiveOptions,
} from './application/ports/archive-writer.port.js';
export { ArchiverArchiveWriter, type EncryptedFormat } from './outbound/archives/archiver.archive-writer.js';
export { joinPieces } from './domain/mail/mail-piece.js';
export { composeMail, type InlineImage, type Mail, type MailFile } from './domain/mail/compose-mail.js';
