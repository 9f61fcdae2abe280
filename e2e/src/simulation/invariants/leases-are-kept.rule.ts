import { Rule, type MailBefore, type MailRow } from './rule.js';

/**
 * However long a mail server takes: what a process that lives and is never late hands over, nobody takes for lost, also
 * after it was told to end.
 */
export class LeasesAreKept extends Rule {
  override mailChanged(key: string, before: MailBefore | undefined, { state }: MailRow): void {
    if (before?.state !== 'transmitting' || this.scene.world.task !== 'recover') return;
    const holder = this.scene.claims.holderOf(before.token);
    if (holder?.isAlive !== true || !holder.isPunctual || holder.hadOutage) return;
    this.broken(`${key} became ${state} while ${holder.name} handed it over.`);
  }
}
