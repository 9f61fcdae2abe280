import { AcceptanceRate } from '../domain/runs/acceptance-rate.js';

/** What this process has seen of the speed of rendering, packaging and accepting. Not kept over a restart. */
export class PipelineRate {
  private readonly rate = new AcceptanceRate();

  /** Messages left the window: accepted, or refused on their way. */
  add(messages: number): void {
    this.rate.add(messages, Date.now());
  }

  perSecond(): number {
    return this.rate.perSecond(Date.now());
  }

  hasMoved(withinMs: number): boolean {
    return this.rate.hasMoved(withinMs, Date.now());
  }
}
