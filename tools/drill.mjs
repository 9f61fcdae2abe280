/**
 * Fault drills: `npm run drill` breaks the whole system in every way that is listed, and checks that nothing was lost and
 * nothing sent twice. `--short` takes at most five minutes, `npm run drill -- kafka-killed --seed=7 --rounds=5` plays one,
 * `--mutations` proves that drills can fail, `--list` says what there is. The last line is JSON; it exits with 0 only if all
 * held. See e2e/src/drills/README.md.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findTool, installTool } from '../libs/testing/src/tools/tool-list.ts';
import { build } from './build.mjs';
import { node, root } from './typescript.mjs';

const needed = ['kafka', 'versitygw', '7zz'];
const wanted = ['faketime'];

const missing = [...needed, ...wanted].filter((name) => {
  if (findTool(name) !== undefined) return false;
  console.log(`Installing ${name} …`);
  try {
    installTool(name);
    return false;
  } catch (error) {
    console.log(`${name} can't be had: ${error.message}.`);
    return true;
  }
});
if (missing.some((name) => needed.includes(name))) {
  console.log(`Left out: the drills. They need ${missing.join(', ')}.`);
  process.exit(process.env.CI === 'true' ? 1 : 0);
}
build();
const program = [join(root, 'e2e/dist/drills/main.js'), ...process.argv.slice(2)];
const child = spawn(node, program, { cwd: root, stdio: 'inherit' });
// What was started has to be ended by the one that started it.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
}
child.on('exit', (code) => process.exit(code ?? 1));
