import { wholeInstallation } from '@mailrun/service-dispatcher/in-memory';
import { Rule, isMarked, type MailBefore, type MailRow } from './rule.js';

/**
 * Once an operator was told that everything, or a tenant, is held, or the database was restored, none of its mails begins to
 * leave.
 */
export class HoldsHold extends Rule {
  private readonly held = new Set<string>();

  override holdTold(scope: string): void {
    this.held.add(scope);
  }

  override releaseBegins(scope: string): void {
    this.held.delete(scope);
  }

  /** Nothing leaves before someone released it. */
  override restored(): void {
    this.held.clear();
    this.held.add(wholeInstallation);
  }

  override mailChanged(key: string, before: MailBefore | undefined, after: MailRow): void {
    if (this.held.size === 0 || !isMarked(before, after)) return;
    if (this.held.has(wholeInstallation) || this.held.has(after.mail.tenantId)) {
      this.broken(`${key} begins to leave, and is held.`);
    }
  }
}
