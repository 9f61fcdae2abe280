/** Running traces; `stop` sends what is still held back. */
export interface Tracing {
  stop(): Promise<void>;
}

export interface TracingOptions {
  /** `service.name` of every span. */
  readonly service: string;
  /** Where spans are sent by OTLP over HTTP; without it nothing is loaded and spans cost next to nothing. */
  readonly endpoint: string | undefined;
}

/**
 * Starts the OpenTelemetry SDK where an endpoint is given. Sampling, headers and the like follow the standard
 * `OTEL_…` variables (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/).
 */
export async function startTracing({ service, endpoint }: TracingOptions): Promise<Tracing> {
  if (endpoint === undefined) return { stop: async () => undefined };
  const [{ NodeSDK }, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const sdk = new NodeSDK({
    resource: resourceFromAttributes({ 'service.name': service }),
    traceExporter: new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` }),
    // Metrics are Prometheus' and logs are lines on standard output.
    metricReaders: [],
    logRecordProcessors: [],
    instrumentations: [],
  });
  sdk.start();
  return { stop: () => sdk.shutdown() };
}
