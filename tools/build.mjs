/** Builds every project into its `dist`, unchanged ones from Nx's cache: `npm run build`. Arguments are Nx's own. */
import { spawnSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { node, root } from './typescript.mjs';

/** Ends the process when something does not build: nothing that follows would make sense. */
export function build(nxArguments = []) {
  const { status, stdout, stderr } = spawnSync(
    node,
    [join(root, 'node_modules/nx/dist/bin/nx.js'), 'run-many', '-t', 'build', ...nxArguments],
    {
      cwd: root,
      encoding: 'utf8',
      env: {
        ...process.env,
        NX_DAEMON: 'false',
        NX_TUI: 'false',
        NX_NO_CLOUD: 'true',
        PATH: [dirname(node), process.env.PATH].join(delimiter),
      },
    },
  );
  if (status === 0) return;
  // Nx prints a line for each project; only a fault is worth reading.
  process.stderr.write(stdout + stderr);
  process.exit(status ?? 1);
}

if (process.argv[1] === import.meta.filename) {
  build(process.argv.slice(2));
  console.log('Built.');
}
