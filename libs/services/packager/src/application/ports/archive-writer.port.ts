export interface ArchiveFile {
  /** Safe and unique: see `safeFileName`. */
  readonly fileName: string;
  readonly content: Buffer;
  /** False for content that is compressed already: it is stored as it is. */
  readonly deflate: boolean;
}

export interface ArchiveOptions {
  /** Of every entry. */
  readonly modifiedAt: Date;
  /** With it, every entry is encrypted with AES-256 (WinZip AES). Printable ASCII: see `assertArchivePassword`. */
  readonly password?: string | undefined;
}

/** Makes zip archives in memory. */
export abstract class ArchiveWriter {
  abstract write(files: readonly ArchiveFile[], options: ArchiveOptions): Promise<Buffer>;
}
