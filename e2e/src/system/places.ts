import { join, resolve } from 'node:path';

/** The repository. */
export const root = resolve(import.meta.dirname, '../../..');

/** The built program of an app. */
export const programOf = (app: string, file = 'main.js'): string => join(root, 'apps', app, 'dist', file);

/** Logs of the processes under test; they stay until the next run of the same shape. */
export const logFolderOf = (shape: string): string => join(root, '.cache', 'e2e-logs', shape);

/**
 * What a process gets of this machine; all that it knows of Mailrun is said by its settings. Compiled code is kept, because
 * processes start so often here.
 */
export function machineEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ'];
  const machine = Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return { ...machine, NODE_COMPILE_CACHE: join(root, '.cache', 'compiled') };
}
