import type { Logger } from '@mailrun/platform-telemetry';

/**
 * Ends the process in order on SIGTERM and SIGINT: `stop` runs once, then the process exits. A second signal, or a
 * stop that takes longer than the grace period, ends it at once; nothing is lost then either, only done again.
 */
export function stopOnSignals(stop: () => Promise<void>, logger: Logger, graceMs: number): void {
  let isStopping = false;
  const end = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(1);
    isStopping = true;
    logger.info('Signal received.', { signal });
    const timer = setTimeout(() => {
      logger.error('Stopping took longer than the grace period.', { graceMs });
      process.exit(1);
    }, graceMs);
    timer.unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error('Stopping failed.', {}, error);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}
