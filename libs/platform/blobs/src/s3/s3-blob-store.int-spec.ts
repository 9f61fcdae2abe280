import { writeFile } from 'node:fs/promises';
import { S3Server, describeWithTools } from '@mailrun/testing';
import { describeBlobStore } from '../blob-store.behaviour.js';
import { S3BlobStore } from './s3-blob-store.js';

describeWithTools(['versitygw'], 'S3BlobStore against versitygw', () => {
  const optionsFor = (server: S3Server) => ({
    bucket: server.bucket,
    region: server.region,
    endpoint: server.endpoint,
    forcePathStyle: true,
    credentials: server.credentials,
    attempts: 2,
  });

  describeBlobStore('S3BlobStore', async () => {
    const server = await S3Server.start();
    const store = new S3BlobStore({ ...optionsFor(server), prefix: 'installation-a' });
    return {
      store,
      damage: (key, bytes) => writeFile(server.pathOf(`installation-a/${key}`), bytes),
      takeAway: () => server.down(),
      bringBack: () => server.up(),
      close: async () => {
        await store.close();
        await server.stop();
      },
    };
  });

  it('keeps two installations in one bucket apart', async () => {
    const server = await S3Server.start();
    const [a, b] = ['a', 'b'].map((prefix) => new S3BlobStore({ ...optionsFor(server), prefix }));
    await a!.put('documents/t1/x', Buffer.from('x'));
    expect(await b!.head('documents/t1/x')).toBeUndefined();
    expect((await b!.list('')).items).toEqual([]);
    await Promise.all([a!.close(), b!.close(), server.stop()]);
  });

  it('is an outage, and no missing blob, where the bucket or the right to it is missing', async () => {
    const server = await S3Server.start();
    const outage = expect.objectContaining({ code: 'blobs.unreachable' }) as unknown;
    for (const wrong of [
      { bucket: 'no-such-bucket' },
      { credentials: { ...server.credentials, secretAccessKey: 'wrong' } },
    ]) {
      const store = new S3BlobStore({ ...optionsFor(server), ...wrong });
      await expect(store.get('documents/t1/x', { maxBytes: 10 })).rejects.toEqual(outage);
      await expect(store.head('documents/t1/x')).rejects.toEqual(outage);
      await expect(store.put('documents/t1/x', Buffer.from('x'))).rejects.toEqual(outage);
      await expect(store.check()).rejects.toEqual(outage);
      await store.close();
    }
    await server.stop();
  });
});
