import { ArchiveWriter, type ArchiveFile, type ArchiveOptions } from './archive-writer.port.js';

/** Archives as JSON, so that tests see what would be in them. */
export class FakeArchiveWriter extends ArchiveWriter {
  override async write(files: readonly ArchiveFile[], options: ArchiveOptions): Promise<Buffer> {
    const entries = files.map(({ fileName, content, deflate }) => ({
      fileName,
      content: content.toString('base64'),
      deflate,
    }));
    return Buffer.from(JSON.stringify({ password: options.password, entries }));
  }

  /** What an archive made here holds. */
  static open(archive: Buffer) {
    return JSON.parse(archive.toString()) as {
      password?: string;
      entries: { fileName: string; content: string; deflate: boolean }[];
    };
  }
}
