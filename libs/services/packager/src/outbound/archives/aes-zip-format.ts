import { promisify } from 'node:util';
import { deflateRaw as deflateRawCallback, type ZlibOptions } from 'node:zlib';
import {
  libraryAesEngine,
  libraryFormat,
  type EntryCallback,
  type ZipEngine,
  type ZipEntry,
} from './archiver-7.js';
import { WinZipAesCipher, winZipAesOverheadBytes } from './winzip-aes.js';

const deflateRaw = promisify(deflateRawCallback);

const stored = 0;
const winZipAes = 99;

/** zip-stream's prototype, below archiver-zip-encrypted's: writes headers without the AE-1 field. */
const plainEngine = Object.getPrototypeOf(libraryAesEngine.prototype) as ZipEngine;

/** Larger content is encrypted piece by piece, so that other mails go on meanwhile. */
const pieceBytes = 256 * 1024;

/**
 * archiver-zip-encrypted's engine with its cipher on `node:crypto`, keys derived outside the event loop, and headers
 * of version AE-2, which do not show the CRC of the plaintext.
 */
class AesZipEngine extends libraryAesEngine {
  private gathered: Buffer[] | undefined;

  constructor(private readonly aes: { readonly password: string; readonly zlib: ZlibOptions }) {
    super(aes);
  }

  override _appendBuffer(entry: ZipEntry, source: Buffer, callback: EntryCallback): void {
    this.encrypt(entry, source).then(
      () => callback(null, entry),
      (error: unknown) => callback(error as Error),
    );
  }

  private async encrypt(entry: ZipEntry, source: Buffer): Promise<void> {
    const method = source.length === 0 ? stored : entry.getMethod();
    const [cipher, data] = await Promise.all([
      WinZipAesCipher.create(this.aes.password),
      method === stored ? source : deflateRaw(source, this.aes.zlib),
    ]);
    entry.setSize(source.length);
    entry.setCompressedSize(data.length + winZipAesOverheadBytes);
    entry.setCrc(0);
    entry.setMethod(winZipAes);
    entry.setVersionNeededToExtract(51);
    entry.setExtra(Buffer.concat([entry.getExtra(), ae2Field(method)]));
    entry.getGeneralPurposeBit().useEncryption(true);
    entry.getGeneralPurposeBit().useDataDescriptor(false);
    this._writeLocalFileHeader(entry);
    this.write(cipher.header);
    for (let at = 0; at < data.length; at += pieceBytes) {
      if (at > 0) await new Promise(setImmediate);
      for (const piece of cipher.update(data.subarray(at, at + pieceBytes))) this.write(piece);
    }
    this.write(cipher.final());
    this._afterAppend(entry);
  }

  override _writeLocalFileHeader(entry: ZipEntry): void {
    this.inOneWrite(() => plainEngine._writeLocalFileHeader.call(this, entry));
  }

  override _writeCentralFileHeader(entry: ZipEntry): void {
    this.inOneWrite(() => super._writeCentralFileHeader(entry));
  }

  override _writeCentralDirectoryEnd(): void {
    this.inOneWrite(() => super._writeCentralDirectoryEnd());
  }

  /** The library writes headers in pieces of two and four bytes, and each write costs two transforms. */
  private inOneWrite(writeHeader: () => void): void {
    this.gathered = [];
    writeHeader();
    const header = Buffer.concat(this.gathered);
    this.gathered = undefined;
    this.write(header);
  }

  override write(chunk: Buffer | string): boolean {
    if (this.gathered === undefined) return super.write(chunk);
    this.gathered.push(Buffer.from(chunk as Buffer));
    return true;
  }
}

/** The extra field 0x9901: seven bytes, AE-2, vendor "AE", AES-256, and the method that the data had before. */
function ae2Field(method: number): Buffer {
  const field = Buffer.from([0x01, 0x99, 7, 0, 2, 0, 0x41, 0x45, 3, 0, 0]);
  field.writeUInt16LE(method, 9);
  return field;
}

/** archiver-zip-encrypted's format, with {@link AesZipEngine} in the place of its engine. */
export class AesZipFormat extends libraryFormat {
  constructor(options: { readonly password: string; readonly zlib: ZlibOptions }) {
    super({ ...options, encryptionMethod: 'aes256' });
    this.engine = new AesZipEngine(options);
  }
}
