import { Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Health } from './management/health.js';
import { Logger } from './log/logger.js';
import { Metrics } from './metrics/metrics.js';
import { TelemetryModule } from './telemetry.module.js';
import { RecordingLogger } from './testing/recording-logger.js';

class Service {
  constructor(
    @Inject(Health) health: Health,
    @Inject(Metrics) metrics: Metrics,
    @Inject(Logger) readonly logger: Logger,
  ) {
    health.register({ name: 'service.store', kind: 'ready', check: () => ({ ok: true, detail: 'reached' }) });
    metrics.counter({ name: 'mailrun_test_done_things_total', help: 'Things done.' }).inc(2);
  }
}

@Module({ providers: [Service] })
class ServiceModule {}

const logger = new RecordingLogger();

@Module({
  imports: [
    ServiceModule,
    TelemetryModule.register({
      service: 'test',
      log: { level: 'silent' },
      management: { host: '127.0.0.1', port: 0 },
      tracing: { endpoint: undefined },
      logger,
    }),
  ],
})
class AppModule {}

describe('TelemetryModule', () => {
  it('opens one management port for all modules of a process, until the end', async () => {
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
    await app.init();
    const port = logger.lines.find((line) => line.message.startsWith('Management'))?.fields['port'] as number;
    const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);

    expect(await (await get('/health/live')).json()).toEqual({ ok: true, checks: {} });
    const ready = await get('/health/ready');
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      checks: { 'service.store': { ok: true, detail: 'reached' } },
    });
    const metrics = await (await get('/metrics')).text();
    expect(metrics).toContain('mailrun_test_done_things_total 2');
    expect(metrics).toContain('process_cpu_seconds_total');
    expect((await get('/elsewhere')).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}/metrics`, { method: 'POST' })).status).toBe(405);

    app.get(Health, { strict: false }).markStopping();
    expect((await get('/health/ready')).status).toBe(503);
    expect((await get('/health/live')).status).toBe(200);
    await app.close();
    await expect(get('/health/live')).rejects.toThrow();
  });
});
