import {
  Global,
  Inject,
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { Logger } from './log/logger.js';
import { PinoLogger } from './log/pino-logger.js';
import { Health } from './management/health.js';
import { ManagementServer } from './management/management-server.js';
import { Metrics } from './metrics/metrics.js';
import { startTracing, type Tracing } from './trace/start-tracing.js';
import type { LogSettings, ManagementSettings, TracingSettings } from './telemetry-settings.js';

export interface TelemetryOptions {
  /** The process: a service's name, or `standalone`. */
  readonly service: string;
  readonly log: LogSettings;
  readonly management: ManagementSettings;
  readonly tracing: TracingSettings;
  /** The logger that the process has already; made of the settings when left out. */
  readonly logger?: Logger;
  /** The metrics that the process has already. */
  readonly metrics?: Metrics;
}

const optionsToken = Symbol('TelemetryOptions');

/**
 * Gives every module of a process {@link Logger}, {@link Metrics} and {@link Health}, and opens the management port.
 * The port answers from the first moment (live, not ready) to the last.
 */
@Global()
@Module({})
export class TelemetryModule
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  private tracing: Tracing | undefined;

  constructor(
    @Inject(optionsToken) private readonly options: TelemetryOptions,
    private readonly server: ManagementServer,
    private readonly health: Health,
    private readonly logger: Logger,
  ) {}

  static register(options: TelemetryOptions): DynamicModule {
    return {
      module: TelemetryModule,
      providers: [
        { provide: optionsToken, useValue: options },
        {
          provide: Logger,
          useFactory: () =>
            options.logger ??
            PinoLogger.create({ level: options.log.level, base: { service: options.service } }),
        },
        { provide: Metrics, useFactory: () => withProcessMetrics(options.metrics ?? new Metrics()) },
        { provide: Health, useFactory: () => new Health() },
        {
          provide: ManagementServer,
          useFactory: (health: Health, metrics: Metrics) => new ManagementServer(health, metrics),
          inject: [Health, Metrics],
        },
      ],
      exports: [Logger, Metrics, Health],
    };
  }

  async onModuleInit(): Promise<void> {
    this.tracing = await startTracing({
      service: this.options.service,
      endpoint: this.options.tracing.endpoint,
    });
    const { host, port } = this.options.management;
    const taken = await this.server.start(host, port);
    this.logger.info('Management port is open.', { port: taken });
  }

  onApplicationBootstrap(): void {
    this.health.markServing();
  }

  onModuleDestroy(): void {
    this.health.markStopping();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.tracing?.stop();
    await this.server.stop();
  }
}

function withProcessMetrics(metrics: Metrics): Metrics {
  metrics.collectProcessMetrics();
  return metrics;
}
