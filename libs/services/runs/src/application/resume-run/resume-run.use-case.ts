import { Injectable } from '@nestjs/common';
import { resumeMessageRun } from '@mailrun/contracts';
import type { ActContext, Answer } from '@mailrun/platform-persistence';
import { mayResume } from '../../domain/runs/run-conditions.js';
import { otherMode } from '../../domain/runs/run-refusals.js';
import { RunStore } from '../ports/run-store.port.js';
import { TenantSettingsReader } from '../ports/tenant-settings-reader.port.js';
import { RunActs } from '../run-acts.js';

/** Lets a paused run go on: all of it, or the next messages only, after which it pauses itself again. */
@Injectable()
export class ResumeRun {
  constructor(
    private readonly acts: RunActs,
    private readonly runs: RunStore,
    private readonly settings: TenantSettingsReader,
  ) {}

  async resume(
    context: ActContext,
    runId: string,
    request: { readonly note?: string | undefined; readonly firstMessages?: number | undefined },
  ): Promise<Answer> {
    const { mode } = await this.settings.read(context.tenantId);
    const wakes = ['feed', 'watch', 'settle'] as const;
    const act = { route: resumeMessageRun.id, runId, request, done: 'resumed', allowed: mayResume, wakes };
    return this.acts.perform(context, act, async (tx, run) => {
      if (run.mode !== mode) throw otherMode(run.mode ?? 'none', mode);
      const after = { state: 'running', why: null } as const;
      await this.runs.change(tx, runId, { ...after, resumedAt: 'now' });
      await this.runs.changeRounds(tx, run, 'running');
      await this.runs.limitFeeding(tx, run, request.firstMessages ?? null);
      return { after };
    });
  }
}
