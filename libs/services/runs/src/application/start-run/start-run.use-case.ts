import { Injectable } from '@nestjs/common';
import { startMessageRun } from '@mailrun/contracts';
import type { ActContext, Answer } from '@mailrun/platform-persistence';
import { mayStart } from '../../domain/runs/run-conditions.js';
import { modeChanged, notCurrentPreparation, otherNumberOfMessages } from '../../domain/runs/run-refusals.js';
import { RunStore } from '../ports/run-store.port.js';
import { TenantSettingsReader } from '../ports/tenant-settings-reader.port.js';
import { WorkIndex } from '../ports/work-index.port.js';
import { RunActs } from '../run-acts.js';

/** Starts exactly the preparation that is named, or refuses with the difference. */
@Injectable()
export class StartRun {
  constructor(
    private readonly acts: RunActs,
    private readonly runs: RunStore,
    private readonly settings: TenantSettingsReader,
    private readonly work: WorkIndex,
  ) {}

  async start(
    context: ActContext,
    runId: string,
    named: {
      readonly preparationId: string;
      readonly expectedMessages: number;
      /** Then it pauses itself. */
      readonly firstMessages?: number | undefined;
    },
  ): Promise<Answer> {
    const { tenantId } = context;
    const { mode } = await this.settings.read(tenantId);
    const wakes = ['feed', 'settle'] as const;
    const act = {
      route: startMessageRun.id,
      runId,
      request: named,
      done: 'started',
      allowed: mayStart,
      wakes,
    };
    return this.acts.perform(context, act, async (tx, run) => {
      if (run.preparationId !== named.preparationId) {
        throw notCurrentPreparation(named.preparationId, run.preparationId);
      }
      if (run.mode !== mode) throw modeChanged(run.mode ?? 'none', mode);
      const counts = await this.runs.counts(tx, run.preparationId);
      const messages = counts
        .filter(({ unit, status }) => unit === 'messages' && status === 'pending')
        .reduce((sum, { count }) => sum + count, 0);
      if (messages !== named.expectedMessages) throw otherNumberOfMessages(named.expectedMessages, messages);
      const after = { state: 'running', why: null } as const;
      await this.runs.change(tx, runId, { ...after, startedAt: 'now', resumedAt: 'now' });
      await this.runs.openRound(tx, run, 1);
      await this.runs.limitFeeding(tx, run, named.firstMessages ?? null);
      await this.work.add(tx, 'run', { runId, tenantId });
      return { after: { ...after, mode } };
    });
  }
}
