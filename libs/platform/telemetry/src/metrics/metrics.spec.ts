import { Metrics } from './metrics.js';

describe('Metrics', () => {
  it('renders counters, gauges and histograms in the format of Prometheus', async () => {
    const metrics = new Metrics();
    metrics
      .counter({ name: 'mailrun_runs_fed_messages_total', help: 'Messages fed.', labels: ['mode'] })
      .inc({ mode: 'live' }, 3);
    metrics.gauge({
      name: 'mailrun_runs_window_messages',
      help: 'Window.',
      collect: (gauge) => gauge.set(7),
    });
    metrics
      .histogram({ name: 'mailrun_runs_feeding_duration_seconds', help: 'Duration.', buckets: [0.1, 1] })
      .observe(0.5);
    const { contentType, text } = await metrics.render();
    expect(contentType).toContain('text/plain');
    expect(text).toContain('mailrun_runs_fed_messages_total{mode="live"} 3');
    expect(text).toContain('mailrun_runs_window_messages 7');
    expect(text).toContain('mailrun_runs_feeding_duration_seconds_bucket{le="1"} 1');
  });

  it('gives the same metric for the same name', () => {
    const metrics = new Metrics();
    const options = { name: 'mailrun_bus_published_records_total', help: 'Records.' };
    expect(metrics.counter(options)).toBe(metrics.counter(options));
  });

  it.each([
    'fed_total',
    'mailrun_total',
    'mailrun_runs_total',
    'mailrun_Runs_fed_total',
    'mailrun-runs-fed_total',
  ])('refuses the name %s', (name) => {
    expect(() => new Metrics().counter({ name, help: '' })).toThrow('no name like');
  });

  it('refuses a counter without _total', () => {
    expect(() => new Metrics().counter({ name: 'mailrun_runs_fed_messages', help: '' })).toThrow(
      'must end in _total',
    );
  });

  it('tells about the process when asked', async () => {
    const metrics = new Metrics();
    metrics.collectProcessMetrics();
    expect((await metrics.render()).text).toContain('process_resident_memory_bytes');
  });
});
