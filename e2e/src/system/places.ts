import { join, resolve } from 'node:path';

/** The repository. */
export const root = resolve(import.meta.dirname, '../../..');

/** The built program of an app. */
export const programOf = (app: string, file = 'main.js'): string => join(root, 'apps', app, 'dist', file);

/** Logs of the processes under test; they stay until the next run of the same shape. */
export const logFolderOf = (shape: string): string => join(root, '.cache', 'e2e-logs', shape);

/** What a process gets of this machine; all that it knows of Mailrun is said by its settings. */
export function machineEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
