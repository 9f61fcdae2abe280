import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { BlobConflict, BlobDamaged, BlobKeyInvalid, BlobMissing, BlobTooLarge } from './blob-errors.js';
import type { BlobStore } from './blob-store.js';

/** A store under test, and a hand inside it. */
export interface BlobStoreUnderTest {
  readonly store: BlobStore;
  /** Puts other bytes in the place of a blob, past the store. */
  damage(key: string, bytes: Buffer): Promise<void>;
  /** From now on the store does not answer. */
  takeAway(): Promise<void>;
  bringBack(): Promise<void>;
  close(): Promise<void>;
}

const maxBytes = 10_000_000;
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const streamOf = (bytes: Buffer) => ({
  stream: Readable.from([bytes.subarray(0, 10), bytes.subarray(10)], { objectMode: false }),
  sha256: sha256(bytes),
  sizeBytes: bytes.length,
});

export function describeBlobStore(name: string, open: () => Promise<BlobStoreUnderTest>): void {
  describe(name, () => {
    let under: BlobStoreUnderTest;
    let store: BlobStore;
    beforeAll(async () => {
      under = await open();
      store = under.store;
    });
    afterAll(() => under.close());

    it.each([0, 1, 70_000, 1_500_000])('gives back the %d bytes that were put', async (size) => {
      const bytes = randomBytes(size);
      const ref = await store.put(`documents/t1/size-${size}`, bytes, { contentType: 'application/pdf' });
      expect(ref).toEqual({ key: `documents/t1/size-${size}`, sha256: sha256(bytes), sizeBytes: size });
      expect((await store.get(ref, { maxBytes })).equals(bytes)).toBe(true);
      expect((await store.get(ref.key, { maxBytes })).equals(bytes)).toBe(true);
      expect((await buffer(await store.getStream(ref))).equals(bytes)).toBe(true);
      expect((await buffer(await store.getStream(ref.key))).equals(bytes)).toBe(true);
    });

    it('keeps a stream whose hash and size are known', async () => {
      const bytes = randomBytes(300_000);
      const ref = await store.put('documents/t1/streamed', streamOf(bytes));
      expect((await store.get(ref, { maxBytes })).equals(bytes)).toBe(true);
    });

    it.each([
      ['shorter', (bytes: Buffer) => ({ ...streamOf(bytes), sizeBytes: bytes.length + 1 })],
      ['longer', (bytes: Buffer) => ({ ...streamOf(bytes), sizeBytes: bytes.length - 1 })],
      ['other', (bytes: Buffer) => ({ ...streamOf(bytes), sha256: sha256(Buffer.from('x')) })],
    ])('refuses a stream with %s content than stated, and keeps nothing of it', async (kind, wrong) => {
      const key = `documents/t1/wrong-${kind}`;
      await expect(store.put(key, wrong(randomBytes(100_000)))).rejects.toThrow(BlobDamaged);
      expect(await store.head(key)).toBeUndefined();
    });

    it('passes on what broke a stream, and keeps nothing of it', async () => {
      const broken = Readable.from(
        (async function* () {
          yield randomBytes(1000);
          throw new Error('the client hung up');
        })(),
        { objectMode: false },
      );
      const content = { stream: broken, sha256: sha256(Buffer.from('x')), sizeBytes: 2000 };
      await expect(store.put('documents/t1/broken', content)).rejects.toThrow('the client hung up');
      expect(await store.head('documents/t1/broken')).toBeUndefined();
    });

    it('changes nothing when the same content is put again', async () => {
      const first = await store.put('documents/t1/again', Buffer.from('same'));
      expect(await store.put('documents/t1/again', Buffer.from('same'))).toEqual(first);
      expect(await store.put('documents/t1/again', streamOf(Buffer.from('same')))).toEqual(first);
    });

    it('never overwrites a blob with other content', async () => {
      await store.put('documents/t1/taken', Buffer.from('first'));
      await expect(store.put('documents/t1/taken', Buffer.from('other'))).rejects.toThrow(BlobConflict);
      await expect(store.put('documents/t1/taken', streamOf(Buffer.from('longer!')))).rejects.toThrow(
        BlobConflict,
      );
      expect((await store.get('documents/t1/taken', { maxBytes })).toString()).toBe('first');
    });

    it('keeps one of two contents that are put at the same time', async () => {
      const contents = ['left', 'right'].map((text) => Buffer.from(text));
      const results = await Promise.allSettled(
        contents.map((bytes) => store.put('documents/t1/race', bytes)),
      );
      const kept = results.findIndex((result) => result.status === 'fulfilled');
      expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
      expect((await store.get('documents/t1/race', { maxBytes })).equals(contents[kept]!)).toBe(true);
    });

    it('tells damage from health by size and hash', async () => {
      const bytes = Buffer.from('the sealed mail');
      const ref = await store.put('sealed/t1/m1/1/damaged', bytes);
      for (const wrong of ['the sealed mai', 'the sealed mail!', 'the sealed nail']) {
        await under.damage(ref.key, Buffer.from(wrong));
        await expect(store.get(ref, { maxBytes })).rejects.toThrow(BlobDamaged);
        await expect(store.getStream(ref).then((stream) => buffer(stream))).rejects.toThrow(BlobDamaged);
      }
    });

    it('heals a damaged blob whose key holds its hash', async () => {
      const bytes = Buffer.from('healed');
      const key = `documents/t1/${sha256(bytes)}`;
      const ref = await store.put(key, bytes);
      await under.damage(key, Buffer.from('rotten'));
      await store.put(key, bytes);
      expect((await store.get(ref, { maxBytes })).equals(bytes)).toBe(true);
    });

    it('reads nothing that is larger than asked for', async () => {
      const ref = await store.put('documents/t1/large', Buffer.alloc(1001));
      await expect(store.get(ref, { maxBytes: 1000 })).rejects.toThrow(BlobTooLarge);
      await expect(store.get(ref.key, { maxBytes: 1000 })).rejects.toThrow(BlobTooLarge);
    });

    it('says when there is no such blob', async () => {
      const ref = { key: 'documents/t9/none', sha256: sha256(Buffer.from('')), sizeBytes: 0 };
      await expect(store.get(ref, { maxBytes })).rejects.toThrow(BlobMissing);
      await expect(store.getStream(ref)).rejects.toThrow(BlobMissing);
      expect(await store.head(ref.key)).toBeUndefined();
    });

    it('knows size and age of a blob', async () => {
      await store.put('documents/t1/aged', Buffer.alloc(12));
      const info = await store.head('documents/t1/aged');
      expect(info).toMatchObject({ key: 'documents/t1/aged', sizeBytes: 12 });
      expect(Math.abs(Date.now() - info!.modifiedAt.getTime())).toBeLessThan(60_000);
    });

    it('deletes a blob, also twice', async () => {
      await store.put('documents/t1/gone', Buffer.from('x'));
      await store.delete('documents/t1/gone');
      await store.delete('documents/t1/gone');
      expect(await store.head('documents/t1/gone')).toBeUndefined();
    });

    it('lists the blobs below a prefix, page by page, each once', async () => {
      const keys = ['a/one', 'a/t1/two', 'a/t1/m1/1/three', 'a/t1/m10/1/four', 'a/t2/m1/1/five', 'b/six'];
      for (const key of keys) await store.put(`list/${key}`, Buffer.from(key));
      const listed = async (prefix: string) => {
        const found: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await store.list(prefix, { limit: 2, ...(cursor !== undefined && { cursor }) });
          expect(page.items.length).toBeLessThanOrEqual(2);
          found.push(...page.items.map((item) => item.key));
          cursor = page.next;
        } while (cursor !== undefined);
        return found.sort();
      };
      expect(await listed('list/')).toEqual(keys.map((key) => `list/${key}`).sort());
      expect(await listed('list/a/t1/')).toEqual([
        'list/a/t1/m1/1/three',
        'list/a/t1/m10/1/four',
        'list/a/t1/two',
      ]);
      expect(await listed('list/a/t1/m1/')).toEqual(['list/a/t1/m1/1/three']);
      expect(await listed('list/none/')).toEqual([]);
      expect((await store.list('list/b/')).items).toMatchObject([{ key: 'list/b/six', sizeBytes: 5 }]);
    });

    it.each([
      '',
      '/x',
      'x/',
      '../x',
      'a/../b',
      'a//b',
      '.hidden',
      'a b',
      'a\0',
      'a\\b',
      'ä',
      'x'.repeat(231),
    ])('refuses the key %j', async (key) => {
      await expect(store.put(key, Buffer.from('x'))).rejects.toThrow(BlobKeyInvalid);
      await expect(store.get(key, { maxBytes })).rejects.toThrow(BlobKeyInvalid);
      await expect(store.delete(key)).rejects.toThrow(BlobKeyInvalid);
    });

    it('keeps two hundred blobs that are put at once', async () => {
      const bytes = Array.from({ length: 200 }, () => randomBytes(500));
      const refs = await Promise.all(bytes.map((each, index) => store.put(`many/t1/m${index}/1/x`, each)));
      const read = await Promise.all(refs.map((ref) => store.get(ref, { maxBytes })));
      expect(read.every((each, index) => each.equals(bytes[index]!))).toBe(true);
    });

    it('is an outage while the store is away, never a missing blob, and goes on afterwards', async () => {
      const ref = await store.put('documents/t1/kept', Buffer.from('kept'));
      await under.takeAway();
      const outage = expect.objectContaining({ code: 'blobs.unreachable' }) as unknown;
      await expect(store.check()).rejects.toEqual(outage);
      await expect(store.get(ref, { maxBytes })).rejects.toEqual(outage);
      await expect(store.getStream(ref)).rejects.toEqual(outage);
      await expect(store.head('documents/t1/none')).rejects.toEqual(outage);
      await expect(store.put('documents/t1/new', Buffer.from('new'))).rejects.toEqual(outage);
      await expect(store.delete('documents/t1/none')).rejects.toEqual(outage);
      await expect(store.list('documents/')).rejects.toEqual(outage);
      await under.bringBack();
      await store.check();
      expect((await store.get(ref, { maxBytes })).toString()).toBe('kept');
    });
  });
}
