import { SettingsError } from '@mailrun/platform-config';
import { DataFolderInUse } from './data-folder.js';

/** What a person is told of an error that ends the process: what to do where that is known, else the stack. */
export function errorText(error: unknown): string {
  if (error instanceof SettingsError || error instanceof DataFolderInUse) return error.message;
  const { code, port, stack, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') {
    return `Port ${port ?? '?'} is taken by another program. Stop it, or choose another with --port (0: any free one).`;
  }
  return stack ?? message ?? String(error);
}
