/** Builds every project into its `dist`, unchanged ones from Nx's cache: `npm run build`. Arguments are Nx's own. */
import { spawnSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { node, root } from './typescript.mjs';

const { status, stdout, stderr } = spawnSync(
  node,
  [join(root, 'node_modules/nx/dist/bin/nx.js'), 'run-many', '-t', 'build', ...process.argv.slice(2)],
  {
    cwd: root,
    encoding: 'utf8',
    env: {
      ...process.env,
      NO_COLOR: '1',
      FORCE_COLOR: '0',
      NX_DAEMON: 'false',
      NX_TUI: 'false',
      NX_NO_CLOUD: 'true',
      PATH: [dirname(node), process.env.PATH].join(delimiter),
    },
  },
);
// Nx prints a line for each project; only a fault is worth reading.
if (status !== 0) process.stderr.write(stdout + stderr);
else console.log('Built.');
process.exit(status ?? 1);
