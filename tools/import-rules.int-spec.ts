import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

interface Import {
  /** Folder of the importing file. */
  readonly from: string;
  readonly module: string;
  /** Part of the complaint; none where the import is fine. */
  readonly complaint?: string;
}

const imports: readonly Import[] = [
  { from: 'apps/standalone/src', module: '@mailrun/app-gateway', complaint: 'type:app' },
  { from: 'apps/standalone/src', module: '@mailrun/service-runs' },
  { from: 'libs/services/runs/src', module: '@mailrun/service-dispatcher', complaint: 'type:service' },
  { from: 'libs/services/runs/src', module: '@mailrun/platform-blobs' },
  { from: 'libs/services/runs/src', module: '@mailrun/app-runs', complaint: 'type:service' },
  { from: 'libs/services/runs/src', module: '@mailrun/testing', complaint: 'Harnesses are for tests only' },
  { from: 'libs/platform/blobs/src', module: '@mailrun/service-runs', complaint: 'type:platform' },
  { from: 'libs/platform/blobs/src', module: '@mailrun/contracts' },
  { from: 'libs/contracts/src', module: '@mailrun/platform-errors', complaint: 'type:contracts' },
  { from: 'libs/contracts/src', module: 'zod' },
  { from: 'libs/testing/src', module: '@mailrun/service-runs', complaint: 'type:testing' },
  { from: 'libs/services/*/src/domain', module: '../outbound/x/y.js', complaint: "Layer 'domain'" },
  { from: 'libs/services/*/src/domain', module: '@nestjs/common', complaint: 'plain TypeScript' },
  {
    from: 'libs/services/*/src/application',
    module: '../outbound/x/y.js',
    complaint: "Layer 'application'",
  },
  { from: 'libs/services/*/src/application', module: '../domain/x.js' },
  { from: 'libs/services/*/src/outbound', module: '../inbound/x/y.js', complaint: "Layer 'outbound'" },
  { from: 'libs/services/*/src/inbound', module: '../outbound/x/y.js', complaint: "Layer 'inbound'" },
  {
    from: 'libs/services/runs/src',
    module: 'kafkajs',
    complaint: 'kafkajs is imported in libs/platform/messaging',
  },
  { from: 'libs/services/*/src/application', module: 'kafkajs', complaint: 'kafkajs is imported in' },
  { from: 'libs/services/runs/src', module: 'isolated-vm', complaint: 'isolated-vm is imported in' },
  { from: 'libs/services/runs/src', module: 'nodemailer', complaint: 'nodemailer is imported in' },
  { from: 'libs/platform/messaging/src', module: 'kafkajs' },
];

/**
 * Rules hang on the path and the type checker wants a file that exists: any of the folder, with another text. A star
 * stands for any service.
 */
function anyFileIn(folder: string): string {
  const services = readdirSync(join(root, 'libs/services')).sort();
  const folders = folder.includes('*') ? services.map((service) => folder.replace('*', service)) : [folder];
  for (const each of folders.filter((path) => existsSync(join(root, path)))) {
    const names = readdirSync(join(root, each), { recursive: true, encoding: 'utf8' }).sort();
    const name = names.find((file) => /\.ts$/.test(file) && !/(spec|behaviour)\.ts$|testing\//.test(file));
    if (name !== undefined) return join(each, name);
  }
  throw new Error(`${folder} has no file to try an import in.`);
}

function lint(): readonly (readonly string[])[] {
  const texts = imports.map(({ from, module }) => ({ file: anyFileIn(from), text: `import '${module}';\n` }));
  const { stdout, stderr } = spawnSync(process.execPath, [join(root, 'tools/lint-texts.mjs')], {
    cwd: root,
    input: JSON.stringify(texts),
    encoding: 'utf8',
    env: { ...process.env, NX_DAEMON: 'false' },
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as readonly (readonly string[])[];
}

describe('Import rules', () => {
  let complaints: readonly (readonly string[])[];
  beforeAll(() => (complaints = lint()), 60_000);

  it.each(imports.map((each, index) => ({ ...each, index, verb: each.complaint ? 'refuse' : 'allow' })))(
    '$verb $module in $from',
    ({ complaint, index }) => {
      const found = complaints[index];
      if (complaint === undefined) expect(found).toEqual([]);
      else expect(found).toContainEqual(expect.stringContaining(complaint));
    },
  );
});
