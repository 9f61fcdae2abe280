/** The standalone shape straight from the sources, started again at each change: `npm run dev`. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { node, root, typescriptArguments } from './typescript.mjs';

const main = join(root, 'apps/standalone/src/main.ts');
const child = spawn(node, ['--watch', ...typescriptArguments, main, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
// Ctrl-C reaches the whole group; this process only waits for the orderly end. SIGTERM reaches it alone.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code) => process.exit(code ?? 0));
