import { mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobConflict } from '../blob-errors.js';
import { describeBlobStore } from '../blob-store.behaviour.js';
import { FolderBlobStore } from './folder-blob-store.js';
import { locate } from './layout.js';

const temporaryFolder = () => mkdtemp(join(tmpdir(), 'mailrun-blobs-'));

describeBlobStore('FolderBlobStore', async () => {
  const parent = await temporaryFolder();
  const root = join(parent, 'blobs');
  const store = await FolderBlobStore.open(root);
  return {
    store,
    damage: (key, bytes) => writeFile(join(root, locate(key).folder, locate(key).name), bytes),
    takeAway: () => rename(root, join(parent, 'unmounted')),
    bringBack: () => rename(join(parent, 'unmounted'), root),
    close: () => rm(parent, { recursive: true }),
  };
});

describe('FolderBlobStore', () => {
  let root: string;
  beforeEach(async () => (root = await temporaryFolder()));
  afterEach(() => rm(root, { recursive: true }));

  it('finds what another process put into the same folder', async () => {
    const [one, other] = [await FolderBlobStore.open(root), await FolderBlobStore.open(root)];
    const ref = await one.put('documents/t1/x', Buffer.from('x'));
    expect((await other.get(ref, { maxBytes: 10 })).toString()).toBe('x');
  });

  it('leaves nothing half written behind', async () => {
    const store = await FolderBlobStore.open(root);
    await store.put('documents/t1/x', Buffer.from('x'));
    await store.put('documents/t1/x', Buffer.from('x'));
    await expect(store.put('documents/t1/x', Buffer.from('other'))).rejects.toThrow(BlobConflict);
    expect(await readdir(join(root, '.incoming'))).toEqual([]);
  });

  it('removes what a crash left half written a day ago', async () => {
    await FolderBlobStore.open(root);
    const [old, fresh] = ['old', 'fresh'].map((name) => join(root, '.incoming', name));
    for (const path of [old!, fresh!]) await writeFile(path, 'half');
    const yesterday = new Date(Date.now() - 25 * 60 * 60 * 1000);
    await utimes(old!, yesterday, yesterday);
    await FolderBlobStore.open(root);
    expect(await readdir(join(root, '.incoming'))).toEqual(['fresh']);
  });
});
