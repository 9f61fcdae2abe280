import { isOutage } from '@mailrun/platform-errors';
import { classifyReply } from '../../domain/classify-reply.js';
import type { ConnectFault, Transmission } from '../../domain/conversation.js';
import { codeOfBreak, spoken, type ServerNews } from '../../domain/settle-attempt.js';
import type { Carrier } from './carrier.js';
import type { GrantedLimits } from './granted-limits.js';
import type { LaneParts } from './lane-parts.js';
import type { Probe } from './probe.js';

/** Conversations that broke in a row before the whole server is left alone. */
const breaksUntilPause = 3;
/** Many connections hear "slow down" at once; the limits want to hear it once. */
const slowDownSilenceMs = 1_000;

/** What conversations tell about the server: it goes to all replicas, as far as it changes anything. */
export class ServerListener {
  private slowedAt = -Infinity;
  private breaksInARow = 0;

  constructor(
    private readonly parts: Pick<LaneParts, 'holder' | 'limits' | 'observer' | 'attend'>,
    private readonly granted: GrantedLimits,
    private readonly probe: Probe,
  ) {}

  /** New settings: what went wrong before says nothing. */
  forget(): void {
    this.breaksInARow = 0;
  }

  /** A conversation ended so. */
  async hear(carrier: Carrier, news: ServerNews, ended: Transmission['ended']): Promise<void> {
    if (news.kind === 'well') {
      this.breaksInARow = 0;
      if (this.probe.isOf(carrier)) await this.tell(carrier, news);
    } else if (this.changesAnything(carrier, news, ended)) {
      const { code, serverText, detail } = news.reply;
      this.parts.observer.serverFault({ code, detail: serverText ?? detail ?? '' });
      await this.tell(carrier, news);
    }
  }

  /** A connection could not be opened. */
  hearRefusal(carrier: Carrier, { stage, cause, detail, reply }: ConnectFault): Promise<void> {
    const verdict = reply && classifyReply(stage, reply, carrier.settings.replyRules);
    const said =
      reply && verdict
        ? spoken(verdict.code, stage, reply)
        : { code: codeOfBreak[cause as 'dns'], stage, detail };
    if (verdict?.scope === 'rate') return this.hear(carrier, { kind: 'slow-down', reply: said }, 'refused');
    const isRefused = verdict?.scope === 'credentials' || cause === 'auth-not-offered';
    return this.hear(carrier, { kind: isRefused ? 'credentials-refused' : 'unwell', reply: said }, 'refused');
  }

  private changesAnything(
    carrier: Carrier,
    { kind }: Exclude<ServerNews, { kind: 'well' }>,
    ended: Transmission['ended'],
  ): boolean {
    const isProbe = this.probe.isOf(carrier);
    if (kind === 'slow-down') {
      const now = performance.now();
      if (!isProbe && now - this.slowedAt < slowDownSilenceMs) return false;
      this.slowedAt = now;
      return true;
    }
    this.breaksInARow += 1;
    const isOne = ended === 'broken' && this.breaksInARow < breaksUntilPause;
    if (!isProbe && (this.granted.circuit !== 'closed' || isOne)) return false;
    this.granted.leaveAlone(carrier.settings.version);
    return true;
  }

  private async tell(carrier: Carrier, news: ServerNews): Promise<void> {
    const { limits, holder, observer, attend } = this.parts;
    const { version, messagesPerMinute, maxConnections, quotas = [] } = carrier.settings;
    const { tenantId, serverKey, limitGroup } = carrier.settings;
    const report = { settingsVersion: version, messagesPerMinute, maxConnections, quotas, news };
    try {
      const { before, after } = await limits.report(holder, { tenantId, serverKey, limitGroup }, report);
      if (before !== after) {
        observer.circuitChanged({ to: after, code: news.kind === 'well' ? undefined : news.reply.code });
      }
    } catch (error) {
      // The limits' own outage stops no conversation: the next fault tells again.
      if (!isOutage(error)) throw error;
      observer.loopFailed({ loop: 'limits', error, isOutage: true });
    }
    this.probe.end(carrier);
    this.granted.askAgain();
    attend();
  }
}
