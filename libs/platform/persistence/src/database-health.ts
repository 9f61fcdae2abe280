import type { OnModuleInit } from '@nestjs/common';
import type { Health } from '@mailrun/platform-telemetry';
import { errorMessage } from '@mailrun/platform-errors';
import type { Database } from './database.js';
import type { ServiceWithSchema } from './naming.js';

/** Shows in readiness whether a service reaches its database. */
export class DatabaseHealth implements OnModuleInit {
  constructor(
    private readonly service: ServiceWithSchema,
    private readonly database: Database,
    private readonly health: Health | undefined,
  ) {}

  onModuleInit(): void {
    this.health?.register({ name: `${this.service}.database`, kind: 'ready', check: () => this.check() });
  }

  private async check(): Promise<{ ok: boolean; detail?: string }> {
    try {
      await this.database.once([], 'database-health', 'select 1', []);
      return { ok: true };
    } catch (error) {
      return { ok: false, detail: errorMessage(error) };
    }
  }
}
