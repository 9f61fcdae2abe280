import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export interface MetricOptions<Label extends string> {
  /** `mailrun_<service>_<thing>_<unit>` in base units; counters end in `_total`. */
  readonly name: string;
  /** A sentence for whoever sees the metric for the first time. */
  readonly help: string;
  /** Their values come from closed sets: never an id, a key or an address. */
  readonly labels?: readonly Label[];
}

export interface GaugeOptions<Label extends string> extends MetricOptions<Label> {
  /** Called at each scrape, to set the gauge then. */
  readonly collect?: (gauge: Gauge<Label>) => void | Promise<void>;
}

export interface HistogramOptions<Label extends string> extends MetricOptions<Label> {
  readonly buckets: readonly number[];
}

const namePattern = /^mailrun(_[a-z][a-z0-9]*){3,}$/;

/** Buckets in seconds for short work: 1 ms to 10 s. */
export const secondsBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

/**
 * The metrics of a process. Asking for the same name again gives the same metric, so that services in one process
 * can share what the platform measures.
 */
export class Metrics {
  private readonly registry = new Registry();

  /** Adds those of Node.js and the process (`process_…`, `nodejs_…`). */
  collectProcessMetrics(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  counter<Label extends string = never>(options: MetricOptions<Label>): Counter<Label> {
    if (!options.name.endsWith('_total')) throw new Error(`Counter '${options.name}' must end in _total.`);
    return this.once(options, (base) => new Counter<Label>(base));
  }

  gauge<Label extends string = never>(options: GaugeOptions<Label>): Gauge<Label> {
    const { collect } = options;
    return this.once(options, (base) => {
      const gauge: Gauge<Label> = new Gauge<Label>({
        ...base,
        ...(collect !== undefined && { collect: () => collect(gauge) }),
      });
      return gauge;
    });
  }

  histogram<Label extends string = never>(options: HistogramOptions<Label>): Histogram<Label> {
    return this.once(options, (base) => new Histogram<Label>({ ...base, buckets: [...options.buckets] }));
  }

  /** In Prometheus' text format. */
  async render(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.registry.contentType, text: await this.registry.metrics() };
  }

  private once<Label extends string, Metric>(
    { name, help, labels = [] }: MetricOptions<Label>,
    make: (base: { name: string; help: string; labelNames: Label[]; registers: Registry[] }) => Metric,
  ): Metric {
    const existing = this.registry.getSingleMetric(name);
    if (existing !== undefined) return existing as Metric;
    if (!namePattern.test(name))
      throw new Error(`'${name}' is no name like mailrun_<service>_<thing>_<unit>.`);
    return make({ name, help, labelNames: [...labels], registers: [this.registry] });
  }
}
