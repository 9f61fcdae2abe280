import { secondsBuckets, type Metrics } from '@mailrun/platform-telemetry';

/** What the renderer tells about itself. */
export class RendererMetrics {
  private readonly items;
  private readonly seconds;
  private readonly refusals;
  private readonly stops;
  private readonly starts;

  constructor(metrics: Metrics) {
    this.items = metrics.counter<'kind'>({
      name: 'mailrun_renderer_rendered_items_total',
      help: 'Messages and documents that went through the sandbox.',
      labels: ['kind'],
    });
    this.seconds = metrics.histogram<'kind'>({
      name: 'mailrun_renderer_batch_duration_seconds',
      help: 'Time for a batch: pins, rendering, documents kept, results published.',
      labels: ['kind'],
      buckets: secondsBuckets,
    });
    this.refusals = metrics.counter<'code'>({
      name: 'mailrun_renderer_refused_items_total',
      help: 'Messages and documents without a result, by the reason.',
      labels: ['code'],
    });
    this.stops = metrics.counter<'reason'>({
      name: 'mailrun_renderer_stopped_calls_total',
      help: 'Calls into the sandbox that had to be ended, by the reason.',
      labels: ['reason'],
    });
    this.starts = metrics.counter({
      name: 'mailrun_renderer_started_processes_total',
      help: 'Sandbox processes started; more than configured means that some died.',
    });
  }

  rendered(kind: 'message' | 'document', items: number, durationMs: number): void {
    this.items.inc({ kind }, items);
    this.seconds.observe({ kind }, durationMs / 1000);
  }

  /** @param code of a closed set: `template.…`, `render.…`, or `messaging.…` for records that could not be read */
  refused(code: string): void {
    this.refusals.inc({ code });
  }

  stopped(reason: 'timeout' | 'starved' | 'out-of-memory' | 'crashed'): void {
    this.stops.inc({ reason });
  }

  processStarted(): void {
    this.starts.inc();
  }
}
