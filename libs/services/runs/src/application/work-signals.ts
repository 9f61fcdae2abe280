export type Work =
  | 'prepare'
  | 'feed'
  | 'watch'
  | 'gate'
  | 'event'
  | 'stop'
  | 'settle'
  | 'round'
  | 'decide'
  | 'restored'
  | 'waits'
  | 'modes'
  | 'partitions';

/**
 * Wakes the workers of this process when there is something to do, so that nothing on the way of a mail waits for a
 * poll. Only a hint: what is lost with a process, the polls find.
 */
export class WorkSignals {
  private readonly waiting = new Map<Work, () => void>();
  private readonly raised = new Set<Work>();

  raise(work: Work): void {
    const wake = this.waiting.get(work);
    if (wake === undefined) this.raised.add(work);
    else wake();
  }

  /** Resolves when there is work, at the latest after the time, or when the signal ends. One waiter for each work. */
  async wait(work: Work, longestMs: number, signal: AbortSignal): Promise<void> {
    if (this.raised.delete(work) || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.waiting.delete(work);
        resolve();
      };
      const timer = setTimeout(done, longestMs);
      signal.addEventListener('abort', done);
      this.waiting.set(work, done);
    });
  }
}
