import type { BusMessage, Mode } from '@mailrun/contracts';
import type { Gate, RunRows } from '@mailrun/service-runs/in-memory';
import type { Conversation, MailServerWatcher } from '../mail-server.js';
import type { SimulatedProcess } from '../process.js';
import type { CallWatcher } from '../runs-node.js';
import type { MailBefore, MessageRow, Rule, RunRow, Scene } from './rule.js';

/** Sees all that happens, and has every rule look at it. */
export class Watcher implements MailServerWatcher, CallWatcher {
  rules: readonly Rule[] = [];
  private readonly mails = new Map<string, MailBefore>();
  private version = 0;

  constructor(private readonly scene: Scene) {
    scene.tables.onChange((table, before, after) => {
      if (after === undefined) return;
      if (table === 'messages') {
        for (const rule of this.rules) {
          rule.messageChanged(before as MessageRow | undefined, after as MessageRow);
        }
      } else if (table === 'runs') {
        for (const rule of this.rules) rule.runChanged(before as RunRow | undefined, after as RunRow);
      } else if (table === 'rounds' && before === undefined) {
        for (const rule of this.rules) rule.roundBegun(after as RunRows['rounds']);
      }
    });
  }

  begins(conversation: Conversation): void {
    this.lookAtMails();
    for (const rule of this.rules) rule.begins(conversation);
  }

  accepted(conversation: Conversation, recipients: readonly string[]): void {
    for (const rule of this.rules) rule.accepted(conversation, recipients);
  }

  confirmed(runId: string, gate: Gate): void {
    for (const rule of this.rules) rule.confirmed(runId, gate);
  }

  actDone(act: string, runId: string): void {
    for (const rule of this.rules) rule.actDone(act, runId);
  }

  holdTold(scope: string): void {
    for (const rule of this.rules) rule.holdTold(scope);
  }

  releaseBegins(scope: string): void {
    for (const rule of this.rules) rule.releaseBegins(scope);
  }

  modeTold(tenantId: string, mode: Mode, revision: number): void {
    for (const rule of this.rules) rule.modeTold(tenantId, mode, revision);
  }

  /** What changed that way, no rule is asked about. */
  restored(): void {
    this.mails.clear();
    for (const [key, { state, revision, token, attempts }] of this.scene.ledger.rows) {
      this.mails.set(key, { state, revision, token, attempts });
    }
    for (const rule of this.rules) rule.restored();
  }

  leaves(process: SimulatedProcess): void {
    for (const rule of this.rules) rule.leaves(process);
  }

  consumed(topic: string, message: BusMessage): void {
    for (const rule of this.rules) rule.consumed(topic, message);
  }

  afterStep(): void {
    this.lookAtMails();
    const { version } = this.scene.tables;
    if (version !== this.version) for (const rule of this.rules) rule.committed();
    this.version = version;
    for (const rule of this.rules) rule.afterStep();
  }

  atEnd(): void {
    for (const rule of this.rules) rule.atEnd();
  }

  /** One step changes a mail at most once. */
  private lookAtMails(): void {
    for (const [key, row] of this.scene.ledger.rows) {
      const { state, revision, token, attempts } = row;
      const before = this.mails.get(key);
      if (
        before?.state === state &&
        before.revision === revision &&
        before.token === token &&
        before.attempts === attempts
      ) {
        continue;
      }
      this.mails.set(key, { state, revision, token, attempts });
      this.scene.claims.see(before, row);
      for (const rule of this.rules) rule.mailChanged(key, before, row);
    }
  }
}
