import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { machineEnvironment, programOf, root } from './places.js';

const run = promisify(execFile);
const deadlineMs = 60_000;

/**
 * A command of `mailrun`, as an operator would type it.
 * @returns what it printed
 * @throws with its last words when it fails
 */
export async function runCommand(
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<string> {
  const program = [programOf('standalone', 'mailrun.js'), ...args];
  const env = { ...machineEnvironment(), ...settings };
  try {
    return (await run(process.execPath, program, { cwd: root, env, timeout: deadlineMs })).stdout;
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.trim().slice(-2000) ?? '';
    throw new Error(`mailrun ${args.join(' ')} failed: ${said}`, { cause });
  }
}
