/**
 * Writes what is derived from the code: message catalogue, OpenAPI, settings, the chart's lists. `npm run generate`;
 * with `--check` it writes nothing and fails where a file is not as it would be written.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { node, root, typescriptArguments } from './typescript.mjs';

const { status } = spawnSync(
  node,
  [...typescriptArguments, join(root, 'tools/generate/main.ts'), ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
);
process.exit(status ?? 1);
