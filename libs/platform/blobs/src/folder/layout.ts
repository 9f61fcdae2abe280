import { hash } from 'node:crypto';

/**
 * Where a key lies below the root: the first two segments are folders (so that a tenant's blobs of one kind can be
 * listed and removed without looking at others), then one of sixteen shards, then the rest as one file name.
 * Without the file name, each sealed mail would have two folders of its own, and each new folder costs a flush.
 *
 * `sealed/<tenant>/<message>/1/<sha256>` → `sealed/<tenant>/=7/<message>,1,<sha256>`
 */
export interface Location {
  /** With `/` between the parts, relative to the root. */
  readonly folder: string;
  readonly name: string;
}

/** Keys contain neither character, so no key can look like a shard or like another key. */
const shardMark = '=';
const separator = ',';

export function locate(key: string): Location {
  const segments = key.split('/');
  const folders = segments.slice(0, Math.min(2, segments.length - 1));
  return {
    folder: [...folders, shardMark + hash('sha256', key, 'hex').slice(0, 1)].join('/'),
    name: segments.slice(folders.length).join(separator),
  };
}

/** The key of what lies at `folder/name`: the inverse of {@link locate}. */
export function keyAt(location: Location): string {
  const folders = location.folder.split('/').slice(0, -1);
  return [...folders, ...location.name.split(separator)].join('/');
}

export function isShard(name: string): boolean {
  return name.startsWith(shardMark);
}

/** How a prefix (see `assertPrefix`) narrows the search: the folder to walk and how file names begin. */
export function locatePrefix(prefix: string): { readonly folder: string; readonly namePrefix: string } {
  const segments = prefix === '' ? [] : prefix.slice(0, -1).split('/');
  const rest = segments.slice(2);
  return {
    folder: segments.slice(0, 2).join('/'),
    namePrefix: rest.length === 0 ? '' : rest.join(separator) + separator,
  };
}
