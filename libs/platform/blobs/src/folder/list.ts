import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobInfo, BlobPage } from '../blob-store.js';
import { isShard, keyAt, locatePrefix } from './layout.js';

/**
 * One page of the blobs below a prefix, in the order of folder and file name. The cursor is the place of the last
 * item, so blobs that come or go meanwhile disturb nothing.
 */
export async function listPage(
  root: string,
  prefix: string,
  cursor: string | undefined,
  limit: number,
): Promise<BlobPage> {
  const { folder, namePrefix } = locatePrefix(prefix);
  const after = cursor === undefined ? undefined : splitCursor(cursor);
  const items: BlobInfo[] = [];
  for (const shard of await shardsBelow(root, folder)) {
    if (after !== undefined && shard < after.folder) continue;
    const names = (await namesIn(join(root, shard)))
      .filter((name) => name.startsWith(namePrefix) && !(shard === after?.folder && name <= after.name))
      .sort();
    for (const name of names) {
      const info = await infoOf(root, shard, name);
      if (info === undefined) continue;
      items.push(info);
      if (items.length === limit) return { items, next: `${shard}/${name}` };
    }
  }
  return { items };
}

function splitCursor(cursor: string): { folder: string; name: string } {
  const slash = cursor.lastIndexOf('/');
  return { folder: cursor.slice(0, slash), name: cursor.slice(slash + 1) };
}

async function shardsBelow(root: string, folder: string): Promise<string[]> {
  const shards: string[] = [];
  for (const name of await namesIn(join(root, folder))) {
    if (name.startsWith('.')) continue;
    const path = folder === '' ? name : `${folder}/${name}`;
    if (isShard(name)) shards.push(path);
    else shards.push(...(await shardsBelow(root, path)));
  }
  return shards.sort();
}

async function namesIn(folder: string): Promise<string[]> {
  return unlessGone(() => readdir(folder), []);
}

async function infoOf(root: string, folder: string, name: string): Promise<BlobInfo | undefined> {
  const info = await unlessGone(() => stat(join(root, folder, name)), undefined);
  return info && { key: keyAt({ folder, name }), sizeBytes: info.size, modifiedAt: info.mtime };
}

async function unlessGone<T, U>(work: () => Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return otherwise;
    throw error;
  }
}
