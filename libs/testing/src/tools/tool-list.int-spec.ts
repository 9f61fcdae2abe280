import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { tools, toolsFor, type Tool, type ToolName } from './tool-list.js';

const root = resolve(import.meta.dirname, '../../../..');

function* specFiles(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !['node_modules', 'dist'].includes(entry.name)) yield* specFiles(path);
    else if (/([.-]spec|\.behaviour)\.ts$/.test(entry.name)) yield path;
  }
}

/** Which file asks for which tools. */
function asked(): { file: string; name: string }[] {
  return ['libs', 'apps', 'e2e', 'bench', 'tools'].flatMap((folder) =>
    [...specFiles(join(root, folder))].flatMap((path) => {
      const text = readFileSync(path, 'utf8');
      const file = relative(root, path);
      const lists = [...text.matchAll(/describeWithTools\(\s*\[([^\]]*)\]/g)].map((match) => match[1]!);
      const names = lists.flatMap((list) => [...list.matchAll(/'([^']+)'/g)].map((match) => match[1]!));
      if (/describeWithKafka\(/.test(text)) names.push('kafka');
      return names.map((name) => ({ file, name }));
    }),
  );
}

describe('The list of tools', () => {
  it('names the suites of each tool, so that a run installs what it needs', () => {
    const requests = asked();
    expect(requests.length).toBeGreaterThan(0);
    const unlisted = requests.filter(({ file, name }) => {
      const { suites }: Tool = tools[name as ToolName];
      return !suites.some((suite) => file.startsWith(suite));
    });
    expect(unlisted).toEqual([]);
  });

  it('knows what a run of some paths needs', () => {
    expect(toolsFor(['libs/platform/blobs/src/s3'])).toEqual(['versitygw']);
    expect(toolsFor(['libs/platform/config'])).toEqual([]);
    expect(toolsFor([])).toEqual(expect.arrayContaining(['versitygw', 'kafka', '7zz', 'bsdtar']));
  });
});
