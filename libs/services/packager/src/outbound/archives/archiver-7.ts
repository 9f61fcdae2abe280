import { createRequire } from 'node:module';
import type { Transform } from 'node:stream';

/** The part of archiver 7 that is used. Its published types are those of archiver 8. */
export interface Archiver7 {
  create(format: string, options: object): Archive;
  registerFormat(format: string, module: unknown): void;
  isRegisteredFormat(format: string): boolean;
}

export interface Archive extends Transform {
  append(source: Buffer, entry: { name: string; date: Date; mode: number; store: boolean }): this;
  finalize(): Promise<void>;
}

const require = createRequire(import.meta.url);

export const archiver = require('archiver') as Archiver7;

/** archiver-zip-encrypted's format, as it registers itself: `encryptionMethod: 'aes256'`. */
export const libraryFormat = require('archiver-zip-encrypted') as new (options: object) => {
  engine: unknown;
};

/** The engine of that format. */
export const libraryAesEngine = require('archiver-zip-encrypted/lib/aes/zip-aes-stream') as new (
  options: object,
) => ZipEngine;

/** What archiver's zip engine (zip-stream on compress-commons 6) is to its subclasses. */
export interface ZipEngine extends Transform {
  readonly options: { readonly zlib: object };
  _normalizeEntry(entry: ZipEntry): void;
  _appendBuffer(entry: ZipEntry, source: Buffer, callback: EntryCallback): void;
  _writeLocalFileHeader(entry: ZipEntry): void;
  _writeCentralFileHeader(entry: ZipEntry): void;
  _writeCentralDirectoryEnd(): void;
  _afterAppend(entry: ZipEntry): void;
}

export type EntryCallback = (error: Error | null, entry?: ZipEntry) => void;

export interface ZipEntry {
  getMethod(): number;
  setMethod(method: number): void;
  setSize(size: number): void;
  setCompressedSize(size: number): void;
  setCrc(crc: number): void;
  getExtra(): Buffer;
  setExtra(extra: Buffer): void;
  setVersionNeededToExtract(version: number): void;
  getGeneralPurposeBit(): { useEncryption(on: boolean): void; useDataDescriptor(on: boolean): void };
}
