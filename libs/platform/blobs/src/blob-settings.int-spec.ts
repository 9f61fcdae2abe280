import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '@mailrun/platform-config';
import { blobSettings, openBlobStore } from './blob-settings.js';
import { FolderBlobStore } from './folder/folder-blob-store.js';
import { S3BlobStore } from './s3/s3-blob-store.js';

const read = (environment: Record<string, string>) =>
  readSettings(environment, { blobs: blobSettings }).blobs;

describe('openBlobStore', () => {
  it('opens a folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mailrun-blobs-'));
    const store = await openBlobStore(read({ MAILRUN_BLOBS_FOLDER: folder }));
    expect(store).toBeInstanceOf(FolderBlobStore);
    await store.check();
    await rm(folder, { recursive: true });
  });

  it('opens a bucket, once it is named', async () => {
    expect(() => read({ MAILRUN_BLOBS_STORE: 's3' })).toThrow('MAILRUN_BLOBS_S3_BUCKET: is required with s3');
    const store = await openBlobStore(read({ MAILRUN_BLOBS_STORE: 's3', MAILRUN_BLOBS_S3_BUCKET: 'mails' }));
    expect(store).toBeInstanceOf(S3BlobStore);
    await store.close();
  });

  it('wants both halves of a credential', () => {
    expect(() => read({ MAILRUN_BLOBS_S3_ACCESS_KEY_ID: 'me' })).toThrow('give both or neither');
  });
});
