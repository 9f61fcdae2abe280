import type { DispatchObserver } from '../ports/dispatch-observer.port.js';
import type { PublishOutcomes } from '../publish-outcomes/publish-outcomes.js';
import type { RunGate, RunGates } from '../ports/run-gates.port.js';

const mostInBatch = 2_000;

/** Opens, pauses and stops rounds of runs. */
export class ApplyGate {
  constructor(
    private readonly gates: RunGates,
    private readonly publisher: Pick<PublishOutcomes, 'tellSoon'>,
    private readonly observer: DispatchObserver,
  ) {}

  /**
   * Keeps the gate unless a greater revision is known. When it resolves, nothing more of a paused or stopped round
   * begins to leave, and all mails that waited in a stopped one are stopped.
   */
  async apply(gate: RunGate): Promise<RunGate> {
    const holds = await this.gates.put(gate);
    if (holds.state === 'stopped') await this.stopWaiting(gate);
    return holds;
  }

  /** Ends mails that conversations gave back to stopped rounds. To be repeated. */
  async sweep(): Promise<void> {
    await this.stopWaiting();
  }

  private async stopWaiting(of?: { readonly tenantId: string; readonly runId: string }): Promise<void> {
    let mails = 0;
    for (;;) {
      const count = await this.gates.stopWaiting(mostInBatch, of);
      mails += count;
      if (count < mostInBatch) break;
    }
    if (mails === 0) return;
    this.observer.stopped({ mails });
    // Their outcomes lie in the outbox.
    this.publisher.tellSoon();
  }
}
