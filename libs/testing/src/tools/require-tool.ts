import { adviceFor, findTool, tools, type ToolName } from './tool-list.js';

/** Path of a tool that a harness is about to use; throws where it is not on this machine. */
export function requireTool(name: ToolName): string {
  const path = findTool(name);
  if (path === undefined) throw new Error(missing([name]));
  return path;
}

/**
 * `describe` for a suite that needs tools. Where one is missing the suite is left out, with one line that says so;
 * with `CI=true` it fails instead, since a machine that proves must not leave out a proof.
 */
export function describeWithTools(names: readonly ToolName[], title: string, suite: () => void): void {
  const absent = names.filter((name) => findTool(name) === undefined);
  if (absent.length === 0) {
    describe(title, suite);
  } else if (process.env['CI'] === 'true') {
    describe(title, () => {
      it('has the tools it needs', () => {
        throw new Error(missing(absent));
      });
    });
  } else {
    process.stderr.write(`Left out: ${title}. ${missing(absent)}\n`);
    describe.skip(`${title} (left out: needs ${absent.join(', ')})`, suite);
  }
}

function missing(names: readonly ToolName[]): string {
  return names.map((name) => `It needs ${name}, ${tools[name].is}: ${adviceFor(name)}.`).join(' ');
}
