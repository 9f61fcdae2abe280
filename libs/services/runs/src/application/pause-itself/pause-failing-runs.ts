import { Injectable } from '@nestjs/common';
import { LastMessages, pauseOf, type SelfPause } from '../../domain/runs/self-pause.js';
import type { MessageChange } from '../ports/outcome-store.port.js';
import { RunsSettings } from '../runs-settings.js';
import { WorkSignals } from '../work-signals.js';
import { PauseItself } from './pause-itself.js';

/** Of so many runs this process remembers how their last messages ended. */
const mostRuns = 1000;

interface WantedPause {
  readonly tenantId: string;
  readonly why: SelfPause;
  /** When what it is for happened. */
  readonly atMs: number;
  readonly holds: (resumedAt: Date | null) => boolean;
}

/**
 * Pauses runs whose sender is refused, whose template is quarantined, or of which too many of the last messages failed, by
 * what this process hears. Only what happened since the run was resumed counts: mails that were under way when it was
 * paused do not pause it again.
 */
@Injectable()
export class PauseFailingRuns {
  private readonly last = new Map<string, LastMessages>();
  private wanted = new Map<string, WantedPause>();

  constructor(
    private readonly pauses: PauseItself,
    private readonly signals: WorkSignals,
    private readonly settings: RunsSettings,
  ) {}

  /** After outcomes were applied. */
  hear(changes: readonly MessageChange[]): void {
    for (const { message, outcomes } of changes) {
      for (const outcome of outcomes) {
        const { state } = outcome;
        const atMs = Date.parse(outcome.at);
        const why = pauseOf(outcome);
        if (why !== undefined) {
          const holds = (resumedAt: Date | null) => atMs >= (resumedAt?.getTime() ?? 0);
          this.want(message, { tenantId: message.tenantId, why, atMs, holds });
        } else if (state === 'failed' || state === 'sent' || state === 'partly-sent') {
          this.count(message, state === 'failed', atMs);
        }
      }
    }
  }

  /** Carries out what was heard. */
  async pauseAll(): Promise<void> {
    const wanted = this.wanted;
    this.wanted = new Map();
    for (const [runId, { tenantId, why, holds }] of wanted) {
      await this.pauses.pause({ runId, tenantId }, why, holds);
    }
  }

  private count(message: MessageChange['message'], hasFailed: boolean, atMs: number): void {
    const { runId, tenantId } = message;
    const last = this.last.get(runId) ?? this.remember(runId);
    last.add(hasFailed, atMs);
    const { maxFailedShare } = this.settings;
    if (!hasFailed || !last.exceeds(maxFailedShare)) return;
    const holds = (resumedAt: Date | null) => last.exceeds(maxFailedShare, resumedAt?.getTime());
    this.want(message, { tenantId, why: 'too-many-failed', atMs, holds });
  }

  private want({ runId }: MessageChange['message'], pause: WantedPause): void {
    const known = this.wanted.get(runId);
    // A cause says more than a count. Of two of a kind the later one counts: the run may have been resumed in between.
    if (known === undefined || weighs(pause, known) >= 0) this.wanted.set(runId, pause);
    this.signals.raise('settle');
  }

  private remember(runId: string): LastMessages {
    const [oldest] = this.last.keys();
    if (this.last.size >= mostRuns && oldest !== undefined) this.last.delete(oldest);
    const last = new LastMessages();
    this.last.set(runId, last);
    return last;
  }
}

const isCause = ({ why }: WantedPause): boolean => why !== 'too-many-failed';
const weighs = (one: WantedPause, other: WantedPause): number =>
  Number(isCause(one)) - Number(isCause(other)) || one.atMs - other.atMs;
