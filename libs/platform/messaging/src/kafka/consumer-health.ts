import { errorMessage } from '@mailrun/platform-errors';
import type { MessagingHealth } from '../port/health.js';

interface Pause {
  readonly since: string;
  readonly why: string;
}

/** kafkajs fetches twice a second: without an answer for so long, the broker is not reached. */
const silentAfterMs = 15_000;

/** What is known of a consumer's state, as liveness and readiness. */
export class ConsumerHealth {
  private readonly pauses = new Map<string, Pause>();
  private progressAt = performance.now();
  private fetchedAt = performance.now();
  private working = 0;
  private state: 'new' | 'idle' | 'joined' | 'joining' | 'restarting' | 'crashed' | 'stopped' = 'new';
  private crash: string | undefined;

  /** @param stuckAfterMs without any progress for so long, only a restart helps */
  constructor(private readonly stuckAfterMs: number) {}

  progress(): void {
    this.progressAt = performance.now();
  }

  fetched(): void {
    this.fetchedAt = performance.now();
    this.progress();
  }

  /** While handlers work, nothing is fetched: that is no bad sign then. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.working += 1;
    try {
      return await work();
    } finally {
      this.working -= 1;
      this.fetchedAt = performance.now();
    }
  }

  /** This process handles no records: nothing is fetched, and nothing can stand still. */
  idle(): void {
    this.state = 'idle';
  }

  joined(): void {
    this.state = 'joined';
    this.fetched();
  }

  joining(): void {
    this.state = 'joining';
    this.progress();
  }

  /** kafkajs starts again by itself. */
  restarting(error: unknown): void {
    this.state = 'restarting';
    this.crash = errorMessage(error);
    this.progress();
  }

  /** kafkajs gave up. */
  crashed(error: unknown): void {
    this.state = 'crashed';
    this.crash = errorMessage(error);
  }

  stopped(): void {
    this.state = 'stopped';
    this.pauses.clear();
  }

  paused(lane: string, error: unknown): void {
    const { since = new Date().toISOString() } = this.pauses.get(lane) ?? {};
    this.pauses.set(lane, { since, why: errorMessage(error) });
    this.progress();
  }

  resumed(lane: string): void {
    this.pauses.delete(lane);
    this.progress();
  }

  /** Pauses of lanes that are another member's now are its business. */
  keep(lanes: ReadonlySet<string>): void {
    for (const lane of this.pauses.keys()) if (!lanes.has(lane)) this.pauses.delete(lane);
  }

  report(): MessagingHealth {
    if (this.state === 'idle') {
      return { live: true, ready: true, detail: { transport: 'kafka', state: 'idle' } };
    }
    const idleMs = Math.round(performance.now() - this.progressAt);
    const isSilent = this.working === 0 && performance.now() - this.fetchedAt > silentAfterMs;
    const isStuck = this.state !== 'stopped' && idleMs > this.stuckAfterMs;
    const paused = [...this.pauses].map(([lane, pause]) => ({ lane, ...pause }));
    return {
      live: this.state !== 'crashed' && !isStuck,
      ready: this.state === 'joined' && paused.length === 0 && !isStuck && !isSilent,
      detail: {
        transport: 'kafka',
        state: this.state,
        millisecondsSinceProgress: idleMs,
        paused,
        ...(this.state === 'joined' || this.crash === undefined ? {} : { lastError: this.crash }),
      },
    };
  }
}
