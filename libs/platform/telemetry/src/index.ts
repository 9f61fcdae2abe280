export { Logger, logLevels, type LogFields, type LogLevel } from './log/logger.js';
export { errorFields, type ErrorFields } from './log/error-fields.js';
export { NestLogger } from './log/nest-logger.js';
export { PinoLogger, type PinoLoggerOptions } from './log/pino-logger.js';
export { Metrics, secondsBuckets } from './metrics/metrics.js';
export type { GaugeOptions, HistogramOptions, MetricOptions } from './metrics/metrics.js';
export { Health, type CheckResult, type HealthCheck, type HealthReport } from './management/health.js';
export { ManagementServer } from './management/management-server.js';
export { withBatchSpan, withSpan, type SpanOptions } from './trace/spans.js';
export { startTracing, type Tracing, type TracingOptions } from './trace/start-tracing.js';
export { contextOf, currentTraceparent, spanContextOf } from './trace/traceparent.js';
export { TelemetryModule, type TelemetryOptions } from './telemetry.module.js';
export {
  logSettings,
  managementSettings,
  tracingSettings,
  type LogSettings,
  type ManagementSettings,
  type TracingSettings,
} from './telemetry-settings.js';
