import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { isOutage } from '@mailrun/platform-errors';
import { Database, extendPartitions } from '@mailrun/platform-persistence';
import { Alarm } from '../application/dispatch-mails/alarm.js';
import { DispatchMails } from '../application/dispatch-mails/dispatch-mails.js';
import { DispatchOptions } from '../application/dispatch-mails/dispatch-options.js';
import { ApplyGate } from '../application/apply-gate/apply-gate.js';
import { DispatchObserver } from '../application/ports/dispatch-observer.port.js';
import { PausedServers } from '../application/ports/paused-servers.port.js';
import { GuardRestore } from '../application/guard-restore/guard-restore.js';
import { PublishOutcomes } from '../application/publish-outcomes/publish-outcomes.js';
import { RecoverMails } from '../application/recover-mails/recover-mails.js';

const sweepOutboxMs = 5_000;
/** Younger entries are on their way from memory. */
const leftBehindMs = 10_000;
const sweepStoppedMs = 1_000;
/** How often the database is compared with what is kept outside of it; more often until the first answer. */
const guardMs = 5_000;
const guardFirstMs = 500;
const countMs = 5_000;
const dayMs = 86_400_000;

/** The dispatcher's loops, from the moment when the process serves to the moment when it is told to end. */
@Injectable()
export class DispatcherSchedule implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loops: { readonly alarm: Alarm; readonly ended: Promise<void> }[] = [];
  private isStopping = false;
  private isGuarded = false;

  constructor(
    private readonly dispatch: DispatchMails,
    private readonly recoverMails: RecoverMails,
    private readonly applyGate: ApplyGate,
    private readonly guard: GuardRestore,
    private readonly publisher: PublishOutcomes,
    private readonly pausedServers: PausedServers,
    private readonly database: Database,
    private readonly options: DispatchOptions,
    private readonly observer: DispatchObserver,
  ) {}

  onApplicationBootstrap(): void {
    this.every(
      'guard-restore',
      () => (this.isGuarded ? guardMs : guardFirstMs),
      () => this.guardRestore(),
    );
    this.every('recover', this.options.leaseMs / 3, () => this.recoverMails.recover());
    this.every('sweep-stopped', sweepStoppedMs, () => this.applyGate.sweep());
    this.every('sweep-outbox', sweepOutboxMs, async () => {
      await this.publisher.sweep(leftBehindMs);
    });
    this.every('paused-servers', countMs, async () => {
      this.observer.pausedServers(await this.pausedServers.count());
    });
    this.every('partitions', dayMs, async () => {
      await extendPartitions(this.database);
    });
  }

  /** The queue first: nothing new is claimed, what was begun ends and is written down. */
  async onModuleDestroy(): Promise<void> {
    await this.dispatch.stop();
    this.isStopping = true;
    for (const { alarm } of this.loops) alarm.wake();
    await Promise.all(this.loops.map(({ ended }) => ended));
  }

  /** Nothing is claimed before it is known that the database is not older than what left. */
  private async guardRestore(): Promise<void> {
    this.observer.holds(await this.guard.look());
    if (this.isGuarded || this.isStopping) return;
    this.isGuarded = true;
    this.dispatch.start();
  }

  private every(loop: string, ms: number | (() => number), work: () => Promise<void>): void {
    const alarm = new Alarm();
    const run = async (): Promise<void> => {
      while (!this.isStopping) {
        try {
          await work();
        } catch (error) {
          this.observer.loopFailed({ loop, error, isOutage: isOutage(error) });
        }
        await alarm.wait(typeof ms === 'number' ? ms : ms());
      }
    };
    this.loops.push({ alarm, ended: run() });
  }
}
