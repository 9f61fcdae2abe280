import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Database, extendPartitions } from '@mailrun/platform-persistence';
import { Logger } from '@mailrun/platform-telemetry';
import { AdvancePreparations } from '../../application/advance-preparation/advance-preparations.use-case.js';
import { CountWaits } from '../../application/count-waits/count-waits.use-case.js';
import { CarryOutDecisions } from '../../application/decide-messages/carry-out-decisions.use-case.js';
import { FeedRuns } from '../../application/feed-runs/feed-runs.use-case.js';
import { HoldRestored } from '../../application/hold-restored/hold-restored.use-case.js';
import { MakeNextCopies } from '../../application/next-copies/make-next-copies.use-case.js';
import { PauseFailingRuns } from '../../application/pause-itself/pause-failing-runs.js';
import { PauseOtherModes } from '../../application/pause-itself/pause-other-modes.use-case.js';
import { PublishRunEvents } from '../../application/publish-run-events/publish-run-events.use-case.js';
import { RunsSettings } from '../../application/runs-settings.js';
import { ReopenRuns } from '../../application/settle-runs/reopen-runs.use-case.js';
import { SettleRuns } from '../../application/settle-runs/settle-runs.use-case.js';
import { StopMessages } from '../../application/stop-run/stop-messages.use-case.js';
import { TellGates } from '../../application/tell-gates/tell-gates.use-case.js';
import { WatchMessages } from '../../application/watch-messages/watch-messages.use-case.js';
import { WorkSignals } from '../../application/work-signals.js';
import { Worker, type WorkerOptions } from './worker.js';

const dayMs = 86_400_000;
/** How often all runs under way are looked at, besides those that this process changed. */
const settleAllMs = 5000;
/** How old what the metric of waiting messages says may be. */
const countWaitsMs = 10_000;

/** The workers of the engine. */
@Injectable()
export class EngineSchedule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly workers: Worker[];
  private settledAllAt = 0;
  private partitionsAt = Date.now();

  constructor(
    private readonly preparations: AdvancePreparations,
    private readonly feeding: FeedRuns,
    private readonly watching: WatchMessages,
    private readonly gates: TellGates,
    private readonly settling: SettleRuns,
    private readonly reopening: ReopenRuns,
    private readonly stopping: StopMessages,
    private readonly failing: PauseFailingRuns,
    private readonly modes: PauseOtherModes,
    private readonly copies: MakeNextCopies,
    private readonly decisions: CarryOutDecisions,
    private readonly restored: HoldRestored,
    private readonly events: PublishRunEvents,
    private readonly waits: CountWaits,
    private readonly database: Database,
    signals: WorkSignals,
    settings: RunsSettings,
    logger: Logger,
  ) {
    const { pollMs } = settings;
    const options: WorkerOptions[] = [
      { name: 'prepare', work: 'prepare', restMs: pollMs, turn: () => this.preparations.advanceAll() },
      { name: 'feed', work: 'feed', restMs: pollMs, turn: async () => (await this.feeding.feed()) > 0 },
      { name: 'watch', work: 'watch', restMs: Math.max(pollMs, 1000), turn: () => this.watching.watch() },
      { name: 'gates', work: 'gate', restMs: Math.min(pollMs, 250), turn: () => this.tell() },
      { name: 'stop', work: 'stop', restMs: pollMs, turn: () => this.stop() },
      { name: 'copies', work: 'round', restMs: pollMs, turn: () => this.copies.makeAll() },
      { name: 'decisions', work: 'decide', restMs: pollMs, turn: () => this.decisions.carryOutAll() },
      { name: 'restored', work: 'restored', restMs: pollMs, turn: () => this.restored.holdAll() },
      { name: 'settle', work: 'settle', restMs: pollMs, turn: () => this.settle() },
      { name: 'events', work: 'event', restMs: pollMs, turn: () => this.publish() },
      { name: 'modes', work: 'modes', restMs: settleAllMs, turn: () => this.pauseOtherModes() },
      { name: 'waits', work: 'waits', restMs: countWaitsMs, turn: () => this.countWaits() },
      { name: 'partitions', work: 'partitions', restMs: dayMs / 24, turn: () => this.extend() },
    ];
    this.workers = options.map((option) => new Worker(option, signals, logger));
  }

  onApplicationBootstrap(): void {
    for (const worker of this.workers) worker.start();
  }

  /** Before the transports close: nothing new is fed, and what was committed is published. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
  }

  private async tell(): Promise<boolean> {
    await this.gates.tellAll();
    return false;
  }

  private async stop(): Promise<boolean> {
    await this.stopping.stopAll();
    return false;
  }

  private async settle(): Promise<boolean> {
    await this.failing.pauseAll();
    const isTime = Date.now() - this.settledAllAt > settleAllMs;
    if (isTime) this.settledAllAt = Date.now();
    if (isTime) await this.reopening.reopenAll();
    await (isTime ? this.settling.settleAll() : this.settling.settleChanged());
    return false;
  }

  private async publish(): Promise<boolean> {
    await this.events.publish();
    return false;
  }

  private async pauseOtherModes(): Promise<boolean> {
    await this.modes.pauseAll();
    return false;
  }

  private async countWaits(): Promise<boolean> {
    await this.waits.count();
    return false;
  }

  private async extend(): Promise<boolean> {
    if (Date.now() - this.partitionsAt > dayMs) {
      await extendPartitions(this.database);
      this.partitionsAt = Date.now();
    }
    return false;
  }
}
