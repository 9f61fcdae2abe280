import { SettingsError } from '@mailrun/platform-config';
import type { RunningProcess } from './process.js';
import { stopOnSignals } from './signals.js';

/**
 * Starts a process and keeps it until a signal ends it. Faults in settings are shown as they are, without a stack.
 * @param graceMs longest time for what runs to end: consumers 60 s, the dispatcher 11 minutes (a mail server's answer)
 */
export async function serve(start: () => Promise<RunningProcess>, graceMs: number): Promise<void> {
  try {
    const running = await start();
    stopOnSignals(() => running.stop(), running.logger, graceMs);
  } catch (error) {
    process.stderr.write(
      `${error instanceof SettingsError ? error.message : ((error as Error).stack ?? String(error))}\n`,
    );
    process.exit(1);
  }
}
