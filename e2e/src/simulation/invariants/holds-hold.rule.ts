import { wholeInstallation } from '@mailrun/service-dispatcher/in-memory';
import { Rule, isMarked, type MailBefore, type MailRow } from './rule.js';

/** Once an operator was told that everything, or a tenant, is held, none of its mails begins to leave. */
export class HoldsHold extends Rule {
  private readonly held = new Set<string>();

  override holdTold(scope: string): void {
    this.held.add(scope);
  }

  override releaseBegins(scope: string): void {
    this.held.delete(scope);
  }

  override mailChanged(key: string, before: MailBefore | undefined, after: MailRow): void {
    if (this.held.size === 0 || !isMarked(before, after)) return;
    if (this.held.has(wholeInstallation) || this.held.has(after.mail.tenantId)) {
      this.broken(`${key} begins to leave, and is held.`);
    }
  }
}
