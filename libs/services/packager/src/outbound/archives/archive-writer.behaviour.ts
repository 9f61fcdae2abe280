import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { requireTool } from '@mailrun/testing';
import type {
  ArchiveFile,
  ArchiveOptions,
  ArchiveWriter,
} from '../../application/ports/archive-writer.port.js';

const run = promisify(execFile);
const modifiedAt = new Date('2025-06-01T08:00:02Z');
const password = 'Tr0ub4dor & "3\'$`';

const file = (fileName: string, content: Buffer | string, deflate = true): ArchiveFile => ({
  fileName,
  content: Buffer.from(content as string),
  deflate,
});

const table: Record<string, readonly ArchiveFile[]> = {
  'one stored file': [file('INV-00123.pdf', randomBytes(50_000), false)],
  'one deflated file': [file('lines.csv', 'a;b;c\r\n'.repeat(5000))],
  'an empty file': [file('empty.txt', '')],
  'a file of one byte': [file('one.txt', 'x')],
  'names in any alphabet': [
    file('Rechnung Köhler №5.pdf', 'a', false),
    file('請求書.csv', 'b'),
    file('فاتورة.txt', 'c'),
    file('😀 (2).txt', 'd'),
    file('plain name.txt', 'e'),
  ],
  'many files, small and large': [
    ...Array.from({ length: 40 }, (_, n) => file(`file-${n}.txt`, `content ${n} `.repeat(n))),
    file('large-stored.bin', randomBytes(1_500_000), false),
    file('large-deflated.bin', Buffer.concat([randomBytes(800_000), Buffer.alloc(800_000)])),
  ],
};

export type Reader = 'libarchive' | '7-Zip';

/** Unpacks with an independent program; throws where that refuses. */
async function unpack(reader: Reader, archive: Buffer, secret?: string): Promise<Map<string, Buffer>> {
  const folder = await mkdtemp(join(tmpdir(), 'mailrun-archive-'));
  try {
    const path = join(folder, 'archive.zip');
    await writeFile(path, archive);
    const into = join(folder, 'out');
    await run('mkdir', [into]);
    if (reader === '7-Zip') {
      await run(requireTool('7zz'), ['x', '-y', `-p${secret ?? ''}`, `-o${into}`, path]);
    } else {
      const passphrase = secret === undefined ? [] : ['--passphrase', secret];
      await run(requireTool('bsdtar'), ['-x', '-f', path, '-C', into, ...passphrase], {
        env: { ...process.env, LC_ALL: 'C.UTF-8' },
      });
    }
    const names = await readdir(into);
    return new Map(
      await Promise.all(names.map(async (name) => [name, await readFile(join(into, name))] as const)),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What 7-Zip tells of each entry. */
async function list(archive: Buffer): Promise<Record<string, string>[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mailrun-archive-'));
  try {
    const path = join(folder, 'archive.zip');
    await writeFile(path, archive);
    const { stdout } = await run(requireTool('7zz'), ['l', '-slt', path], {
      env: { ...process.env, TZ: 'UTC' },
    });
    return stdout
      .split('----------\n')[1]!
      .trim()
      .split('\n\n')
      .map((entry) =>
        Object.fromEntries(entry.split('\n').map((line) => line.split(' = ', 2) as [string, string])),
      );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What every archive writer does, read by programs that are not ours. */
export function describeArchiveWriter(name: string, writer: ArchiveWriter): void {
  describe(name, () => {
    const write = (files: readonly ArchiveFile[], options: Partial<ArchiveOptions> = {}) =>
      writer.write(files, { modifiedAt, ...options });

    describe.each(['7-Zip', 'libarchive'] as const)('read by %s', (reader) => {
      it.each(Object.keys(table))('holds %s', async (key) => {
        const files = table[key]!;
        for (const secret of [undefined, password]) {
          const unpacked = await unpack(reader, await write(files, { password: secret }), secret);
          expect([...unpacked.keys()].sort()).toEqual(files.map(({ fileName }) => fileName).sort());
          for (const { fileName, content } of files)
            expect(unpacked.get(fileName)!.equals(content)).toBe(true);
        }
      });

      it('opens with the right password only', async () => {
        const archive = await write(table['one stored file']!, { password });
        await expect(unpack(reader, archive, 'correct horse')).rejects.toThrow();
        await expect(unpack(reader, archive, `${password} `)).rejects.toThrow();
      });
    });

    it.each(['12345678', 'a'.repeat(99), ' ~!@#$%^&*()_+{}|:"<>?[]\\;\',./` '])(
      'takes the password %s',
      async (secret) => {
        const files = table['one deflated file']!;
        const unpacked = await unpack('7-Zip', await write(files, { password: secret }), secret);
        expect(unpacked.get('lines.csv')!.equals(files[0]!.content)).toBe(true);
      },
    );

    it('is refused by 7-Zip when a bit of it was changed', async () => {
      const archive = await write(table['one stored file']!, { password });
      archive[25_000]! ^= 1;
      await expect(unpack('7-Zip', archive, password)).rejects.toThrow();
    });

    it('encrypts with AES-256, stores what is not to be deflated, and keeps time and mode', async () => {
      const files = [file('a.pdf', 'a'.repeat(1000), false), file('b.csv', 'b'.repeat(1000))];
      const [a, b] = await list(await write(files, { password }));
      expect(a).toMatchObject({
        Encrypted: '+',
        Method: expect.stringContaining('AES-256 Store') as unknown,
      });
      expect(b).toMatchObject({
        Encrypted: '+',
        Method: expect.stringContaining('AES-256 Deflate') as unknown,
      });
      for (const entry of [a!, b!]) {
        expect(entry['Modified']).toBe('2025-06-01 08:00:02');
        expect(entry['Attributes']).toContain('-rw-r--r--');
        expect(entry['Size']).toBe('1000');
      }
      expect(Number(b!['Packed Size'])).toBeLessThan(200);
      const [plain, deflated] = await list(await write(files));
      expect(plain).toMatchObject({ Encrypted: '-', Method: 'Store' });
      expect(deflated).toMatchObject({
        Encrypted: '-',
        Method: expect.stringContaining('Deflate') as unknown,
      });
    });

    it('shows none of its content without the password', async () => {
      const archive = await write([file('a.txt', 'a secret sentence', false)], { password });
      expect(archive.includes('secret')).toBe(false);
    });

    it('writes many archives at once', async () => {
      const archives = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          write([file(`${n}.txt`, `content of ${n}`)], { password: `password-${n}` }),
        ),
      );
      for (const n of [0, 7, 19]) {
        const unpacked = await unpack('7-Zip', archives[n]!, `password-${n}`);
        expect(unpacked.get(`${n}.txt`)!.toString()).toBe(`content of ${n}`);
      }
    });
  });
}

export { list as listArchive };
