import { isOutage } from '@mailrun/platform-errors';
import type { Logger } from '@mailrun/platform-telemetry';
import type { Work, WorkSignals } from '../../application/work-signals.js';

export interface WorkerOptions {
  /** For the log. */
  readonly name: string;
  readonly work: Work;
  /** Longest rest while nothing wakes it. */
  readonly restMs: number;
  /** One turn. @returns whether there is more to do at once */
  readonly turn: () => Promise<boolean>;
}

const longestPauseMs = 5000;

/** Does its work over and over, as soon as it is woken. Faults pause it, longer each time, and never end it. */
export class Worker {
  private readonly ending = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: WorkerOptions,
    private readonly signals: WorkSignals,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.running = this.run();
  }

  /** Resolves when the turn under way has ended. */
  async stop(): Promise<void> {
    this.ending.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { name, work, restMs, turn } = this.options;
    const { signal } = this.ending;
    let faults = 0;
    while (!signal.aborted) {
      let restsMs = restMs;
      try {
        if (await turn()) restsMs = 0;
        faults = 0;
      } catch (error) {
        faults += 1;
        restsMs = Math.min(longestPauseMs, 100 * 2 ** Math.min(faults, 10));
        const log = isOutage(error) ? 'warn' : 'error';
        this.logger[log]('A worker could not go on and tries again', { worker: name, restsMs }, error);
      }
      if (restsMs > 0) await this.signals.wait(work, restsMs, signal);
      else await new Promise(setImmediate);
    }
  }
}
