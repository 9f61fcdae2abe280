import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithTools, requireTool } from '@mailrun/testing';
import { openArchives } from './open-archives.js';

describeWithTools(['7zz'], 'openArchives', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'mailrun-archive-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** An archive with one file; without a password it is open to all. */
  const archiveOf = (text: string, password?: string): Buffer => {
    const file = join(folder, `${text}.txt`);
    const archive = join(folder, `${text}.zip`);
    writeFileSync(file, text);
    const protection = password === undefined ? [] : ['-mem=AES256', `-p${password}`];
    execFileSync(requireTool('7zz'), ['a', '-tzip', ...protection, archive, file]);
    return readFileSync(archive);
  };
  const passwords = { right: 'correct horse', wrong: 'battery staple' };
  const filesOf = (text: string) => [{ name: `${text}.txt`, content: Buffer.from(text) }];

  it('opens each with the password that is right, and not with another', async () => {
    const theirs = { right: 'another one', wrong: 'battery staple' };
    const opened = await openArchives([
      { archive: archiveOf('one', passwords.right), passwords },
      { archive: archiveOf('two', theirs.right), passwords: theirs },
      { archive: archiveOf('three', passwords.right), passwords },
    ]);
    expect(opened).toEqual(
      ['one', 'two', 'three'].map((text) => ({ files: filesOf(text), opensWithAnother: false })),
    );
  });

  it('tells which of a customer does not open, and which opens to anyone', async () => {
    const opened = await openArchives([
      { archive: archiveOf('right', passwords.right), passwords },
      { archive: archiveOf('other', 'of somebody else'), passwords },
      { archive: archiveOf('bare'), passwords },
    ]);
    expect(opened).toEqual([
      { files: filesOf('right'), opensWithAnother: false },
      { files: undefined, opensWithAnother: false },
      { files: filesOf('bare'), opensWithAnother: true },
    ]);
  });
});
