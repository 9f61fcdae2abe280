import {
  choice,
  defineSettings,
  integer,
  milliseconds,
  text,
  url,
  type SettingsOf,
} from '@mailrun/platform-config';
import type { BlobStore } from './blob-store.js';
import { FolderBlobStore } from './folder/folder-blob-store.js';
import { S3BlobStore } from './s3/s3-blob-store.js';

export const blobSettings = defineSettings({
  area: 'blobs',
  settings: {
    store: choice(['folder', 's3'], {
      default: 'folder',
      description: 'Where documents, images and mails are kept.',
    }),
    folder: text({
      default: '.data/blobs',
      description: 'With folder: its path. Processes that work together share it.',
    }),
    s3Bucket: text({ optional: true, description: 'With s3: the bucket, which exists already.' }),
    s3Prefix: text({
      default: '',
      description: 'With s3: put in front of every key, so that installations can share a bucket.',
    }),
    s3Region: text({ default: 'us-east-1', description: 'With s3: the region.' }),
    s3Endpoint: url({
      protocols: ['https', 'http'],
      optional: true,
      description: "With s3: the address of an S3-compatible store; left out, Amazon's own.",
    }),
    s3AddressStyle: choice(['path', 'host'], {
      default: 'path',
      description: 'With s3: whether the bucket is part of the path or of the host name.',
    }),
    s3AccessKeyId: text({
      optional: true,
      description: 'With s3: left out, the usual AWS chain is asked (environment, web identity, instance).',
    }),
    s3SecretAccessKey: text({
      optional: true,
      secret: true,
      description: 'With s3: belongs to the access key.',
    }),
    s3Connections: integer({
      min: 1,
      max: 1000,
      default: 64,
      description: 'With s3: connections of one process.',
    }),
    s3IdleTimeoutMs: milliseconds({
      min: 500,
      max: 600_000,
      default: 15_000,
      description: 'With s3: longest silence of the store in the middle of a request.',
    }),
  },
  check: (values) => ({
    ...(values.store === 's3' && values.s3Bucket === undefined && { s3Bucket: 'is required with s3' }),
    ...((values.s3AccessKeyId === undefined) !== (values.s3SecretAccessKey === undefined) && {
      s3SecretAccessKey: 'goes with the access key: give both or neither',
    }),
  }),
});
export type BlobSettings = SettingsOf<typeof blobSettings>;

/** The store that the settings name. */
export async function openBlobStore(settings: BlobSettings): Promise<BlobStore> {
  if (settings.store === 'folder') return FolderBlobStore.open(settings.folder);
  return new S3BlobStore({
    bucket: settings.s3Bucket!,
    prefix: settings.s3Prefix,
    region: settings.s3Region,
    ...(settings.s3Endpoint !== undefined && { endpoint: settings.s3Endpoint }),
    forcePathStyle: settings.s3AddressStyle === 'path',
    ...(settings.s3AccessKeyId !== undefined && {
      credentials: { accessKeyId: settings.s3AccessKeyId, secretAccessKey: settings.s3SecretAccessKey! },
    }),
    connections: settings.s3Connections,
    idleTimeoutMs: settings.s3IdleTimeoutMs,
  });
}
