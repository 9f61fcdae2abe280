import { Rule, type MessageRow } from './rule.js';

/** Never are more messages of a run fed than those who started and resumed it asked for; further copies are asked for by name. */
export class FedAsAsked extends Rule {
  private readonly fed = new Map<string, number>();

  override messageChanged(before: MessageRow | undefined, { runId, copy, state }: MessageRow): void {
    if (before?.state !== 'pending' || state !== 'queued' || copy > 1) return;
    const fed = (this.fed.get(runId) ?? 0) + 1;
    this.fed.set(runId, fed);
    const asked = this.scene.people.mayFeed(runId);
    if (fed > asked) this.broken(`${fed} messages of ${runId} were fed, and ${asked} were asked for.`);
  }
}
