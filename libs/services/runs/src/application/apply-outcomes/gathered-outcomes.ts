import { Injectable } from '@nestjs/common';
import { isOutage } from '@mailrun/platform-errors';
import { ApplyOutcomes, type TenantOutcome } from './apply-outcomes.use-case.js';

/**
 * How long outcomes wait for others. Nothing is urgent about one: the feeder's windows hold half a second of work. A
 * transaction costs as much as some fifty outcomes, so at full speed this saves most of what they cost.
 */
const gatherMs = 80;
/** As many do not wait. */
const enough = 500;

interface Call {
  readonly outcomes: readonly TenantOutcome[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Applies outcomes from the bus together with those that come a moment later, on the same partition or another: one
 * transaction for all. What comes while it runs waits for the next.
 */
@Injectable()
export class GatheredOutcomes {
  private calls: Call[] = [];
  private timer: NodeJS.Timeout | undefined;
  private isApplying = false;

  constructor(private readonly outcomes: ApplyOutcomes) {}

  /** Resolves after the commit. @param signal ends the waiting, not the applying */
  async apply(outcomes: readonly TenantOutcome[], signal: AbortSignal): Promise<void> {
    const hurry = () => this.start();
    signal.addEventListener('abort', hurry);
    try {
      await new Promise<void>((resolve, reject) => {
        this.calls.push({ outcomes, resolve, reject });
        const waiting = this.calls.reduce((sum, call) => sum + call.outcomes.length, 0);
        if (waiting >= enough || signal.aborted) this.start();
        else this.timer ??= setTimeout(hurry, gatherMs);
      });
    } finally {
      signal.removeEventListener('abort', hurry);
    }
  }

  private start(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.isApplying || this.calls.length === 0) return;
    this.isApplying = true;
    const calls = this.calls;
    this.calls = [];
    void this.applyAll(calls).finally(() => {
      this.isApplying = false;
      // Their time may have passed meanwhile.
      if (this.timer === undefined) this.start();
    });
  }

  private async applyAll(calls: readonly Call[]): Promise<void> {
    try {
      await this.outcomes.apply(calls.flatMap(({ outcomes }) => outcomes));
    } catch (error) {
      // What one call brought must not count as a failure of the others.
      if (calls.length > 1 && !isOutage(error)) return this.applyEach(calls);
      for (const { reject } of calls) reject(error);
      return;
    }
    for (const { resolve } of calls) resolve();
  }

  private async applyEach(calls: readonly Call[]): Promise<void> {
    for (const { outcomes, resolve, reject } of calls) {
      await this.outcomes.apply(outcomes).then(resolve, reject);
    }
  }
}
