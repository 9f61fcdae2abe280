/**
 * The tools that suites need besides Node.js: `node tools/tools.mjs` says which are there; with names it installs those, and with
 * `all` what any suite needs.
 */
import { adviceFor, findTool, installTool, tools, toolsFor } from '../libs/testing/src/tools/tool-list.ts';

const names = process.argv.slice(2);
const wanted = names.includes('all') ? toolsFor([]) : names;
let failed = false;

for (const name of wanted) {
  if (!(name in tools)) throw new Error(`'${name}' is none of ${Object.keys(tools).join(', ')}.`);
  try {
    installTool(name);
  } catch (error) {
    failed = true;
    console.error(`${name}: ${error.message}`);
  }
}
for (const name of wanted.length > 0 ? wanted : Object.keys(tools)) {
  console.log(`${name.padEnd(10)} ${findTool(name) ?? `missing: ${adviceFor(name)}`}`);
}
process.exit(failed ? 1 : 0);
