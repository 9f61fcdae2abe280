/** How our scripts run TypeScript without a build: arguments for Node.js before the file's path. */
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '..');
export const node = join(
  root,
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
);
export const typescriptArguments = [
  '--conditions=@mailrun/source',
  '--disable-warning=ExperimentalWarning',
  '--import=@swc-node/register/esm-register',
];
