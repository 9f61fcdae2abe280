import { crc32 } from 'node:zlib';
import { jest } from '@jest/globals';
import { describeWithTools } from '@mailrun/testing';
import { describeArchiveWriter, listArchive } from './archive-writer.behaviour.js';
import { ArchiverArchiveWriter } from './archiver.archive-writer.js';

// Each test starts several programs, and the library encrypts slowly.
jest.setTimeout(60_000);

describeWithTools(['7zz', 'bsdtar'], 'Archives', () => {
  describeArchiveWriter('with our cipher and headers', new ArchiverArchiveWriter('zip-aes'));
  describeArchiveWriter("with archiver-zip-encrypted's own", new ArchiverArchiveWriter('zip-library-aes'));

  it('do not show the checksum of the content (AE-2), as those of the library do (AE-1)', async () => {
    const content = Buffer.from('a secret amount: 13.86 EUR');
    const checksum = crc32(content).toString(16).toUpperCase().padStart(8, '0');
    const options = { modifiedAt: new Date(), password: 'correct horse' };
    const files = [{ fileName: 'a.txt', content, deflate: false }];
    const [ours] = await listArchive(await new ArchiverArchiveWriter('zip-aes').write(files, options));
    const [library] = await listArchive(
      await new ArchiverArchiveWriter('zip-library-aes').write(files, options),
    );
    expect(ours!['CRC'] ?? '').not.toBe(checksum);
    expect(library!['CRC']).toBe(checksum);
  });
});
