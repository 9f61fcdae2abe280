import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { chartReadme } from './chart-readme.js';
import { messageCatalogue } from './message-catalogue.js';
import { openApi } from './open-api.js';
import { chartSettings, settingsTable } from './settings-documents.js';
import { topicList } from './topic-list.js';

const root = resolve(import.meta.dirname, '../..');

/** Every generated file, by its path from the root. */
const files: Readonly<Record<string, (read: (path: string) => Promise<string>) => string | Promise<string>>> =
  {
    'docs/messages.md': messageCatalogue,
    'docs/openapi.json': openApi,
    'docs/settings.md': settingsTable,
    'helm/mailrun/files/topics.json': topicList,
    'helm/mailrun/files/settings.json': chartSettings,
    'helm/mailrun/README.md': chartReadme,
  };

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const read = (path: string) => readFile(join(root, path), 'utf8');
const outdated: string[] = [];

for (const [path, make] of Object.entries(files)) {
  const file = join(root, path);
  const text = await format(await make(read), { ...(await resolveConfig(file)), filepath: file });
  if (text === (await readFile(file, 'utf8').catch(() => undefined))) continue;
  outdated.push(path);
  if (values.check) continue;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

if (outdated.length === 0) {
  console.log('Every generated file is up to date.');
} else {
  console.log(`${values.check ? 'Not up to date' : 'Written'}: ${outdated.join(', ')}`);
  if (values.check) process.exitCode = 1;
}
