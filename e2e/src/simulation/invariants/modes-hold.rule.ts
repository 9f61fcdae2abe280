import type { Mode } from '@mailrun/contracts';
import { Rule, isMarked, type MailBefore, type MailRow } from './rule.js';

/** Once the dispatcher knows that a tenant is in test, or live again, nothing of the other mode begins to leave. */
export class ModesHold extends Rule {
  private readonly told = new Map<string, { readonly mode: Mode; readonly revision: number }>();

  override modeTold(tenantId: string, mode: Mode, revision: number): void {
    if ((this.told.get(tenantId)?.revision ?? 0) < revision) this.told.set(tenantId, { mode, revision });
  }

  override restored(): void {
    this.told.clear();
  }

  override mailChanged(key: string, before: MailBefore | undefined, after: MailRow): void {
    if (this.told.size === 0 || !isMarked(before, after)) return;
    const { tenantId, mode } = after.mail;
    const told = this.told.get(tenantId);
    // A newer one may be there that the dispatcher's answer does not tell of.
    if (told === undefined || told.revision < this.scene.gateway.modeOf(tenantId).revision) return;
    if (told.mode !== mode) this.broken(`${key} is ${mode} and begins to leave; its tenant is ${told.mode}.`);
  }
}
