import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { TellTenantMode } from '../application/tell-tenant-mode/tell-tenant-mode.use-case.js';

const intervalMs = 1000;

/** Repeats until the dispatcher confirmed every mode. */
@Injectable()
export class ModeSchedule implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ModeSchedule.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(private readonly telling: TellTenantMode) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running ??= this.tell().finally(() => (this.running = undefined));
    }, intervalMs);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async tell(): Promise<void> {
    try {
      await this.telling.tellAll();
    } catch (error) {
      this.logger.warn('Modes could not be told; tried again in a second.', error);
    }
  }
}
