export { ByteCache } from './byte-cache.js';
export { blobSettings, openBlobStore, type BlobSettings } from './blob-settings.js';
export {
  BlobStore,
  type BlobInfo,
  type BlobPage,
  type PutOptions,
  type StreamedContent,
} from './blob-store.js';
export {
  BlobConflict,
  BlobDamaged,
  BlobError,
  BlobKeyInvalid,
  BlobMissing,
  BlobTooLarge,
} from './blob-errors.js';
export { FolderBlobStore } from './folder/folder-blob-store.js';
export { S3BlobStore, type S3BlobStoreOptions } from './s3/s3-blob-store.js';
