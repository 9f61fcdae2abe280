import type { Gate } from '@mailrun/service-runs/in-memory';
import { Rule, isMarked, type MailBefore, type MailRow } from './rule.js';

/** Once the dispatcher has confirmed that a run is stopped or paused, none of its mails begins to leave. */
export class GatesHold extends Rule {
  private readonly gates = new Map<string, Gate & { readonly runId: string }>();

  override confirmed(runId: string, gate: Gate): void {
    const known = this.gates.get(`${runId}.${gate.round}`);
    if ((known?.revision ?? 0) < gate.revision) this.gates.set(`${runId}.${gate.round}`, { ...gate, runId });
  }

  override restored(): void {
    this.gates.clear();
  }

  override mailChanged(key: string, before: MailBefore | undefined, after: MailRow): void {
    if (!isMarked(before, after)) return;
    const { mail } = after;
    for (const gate of this.gates.values()) {
      if (gate.runId !== mail.runId || gate.round < mail.round || gate.state === 'running') continue;
      if (this.isNewest(gate))
        this.broken(`${key} begins to leave; its round is ${gate.state}, and that is confirmed.`);
    }
  }

  /** A newer one may be there that the caller does not know of. */
  private isNewest({ runId, round, revision }: Gate & { readonly runId: string }): boolean {
    return !this.scene.ledger.gates.some(
      (gate) => gate.runId === runId && gate.round === round && gate.revision > revision,
    );
  }
}
