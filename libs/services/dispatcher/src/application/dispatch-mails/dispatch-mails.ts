import { randomUUID } from 'node:crypto';
import { isOutage } from '@mailrun/platform-errors';
import { keyOfMail, type ClaimedMail } from '../../domain/mail.js';
import type { ServerSettings } from '../../domain/server-settings.js';
import { DispatchObserver } from '../ports/dispatch-observer.port.js';
import { MailConnections } from '../ports/mail-connections.port.js';
import { MailQueue, type ClaimRequest, type WaitingRun } from '../ports/mail-queue.port.js';
import { MessageServers } from '../ports/message-servers.port.js';
import { SealedContents } from '../ports/sealed-contents.port.js';
import { ServerLimits } from '../ports/server-limits.port.js';
import { PublishOutcomes } from '../publish-outcomes/publish-outcomes.js';
import { Alarm } from './alarm.js';
import { ByteBudget } from './byte-budget.js';
import { DispatchOptions } from './dispatch-options.js';
import { GroupCommitter } from './group-committer.js';
import { ServerLane } from './server-lane.js';

/** Runs looked at in one round. */
const mostRuns = 500;

/**
 * The send loops of this process: one loop claims due mails, fairly over runs, for the lanes of the mail servers, and
 * each lane's connections send them. Any number of processes work side by side on the same queue.
 */
export class DispatchMails {
  private readonly holder = randomUUID();
  private readonly lanes = new Map<string, ServerLane>();
  /** Mails in our hands, by key: their leases are renewed. */
  private readonly held = new Map<string, ClaimedMail>();
  private readonly alarm = new Alarm();
  private readonly committer: GroupCommitter;
  private readonly budget: ByteBudget;
  private loop: Promise<void> | undefined;
  private renewal: Promise<void> | undefined;
  private isStopping = false;
  /** No mail is in our hands any more: until then leases are renewed. */
  private hasSettled = false;
  private didClaim = false;
  private readonly renewAlarm = new Alarm();
  private readonly givingBack = new Set<Promise<void>>();

  constructor(
    private readonly queue: MailQueue,
    private readonly servers: MessageServers,
    private readonly connections: MailConnections,
    private readonly contents: SealedContents,
    private readonly limits: ServerLimits,
    private readonly publisher: PublishOutcomes,
    private readonly options: DispatchOptions,
    private readonly observer: DispatchObserver,
  ) {
    this.committer = new GroupCommitter(queue, publisher, observer);
    this.budget = new ByteBudget(options.maxBytesInFlight);
  }

  start(): void {
    const { pollMs, leaseMs } = this.options;
    this.loop ??= this.repeat({
      name: 'claim',
      alarm: this.alarm,
      everyMs: pollMs,
      isOver: () => this.isStopping,
      work: () => this.round(),
    });
    this.renewal ??= this.repeat({
      name: 'renew',
      alarm: this.renewAlarm,
      everyMs: leaseMs / 3,
      isOver: () => this.hasSettled,
      work: () => this.renew(),
    });
  }

  /** There may be work: look now. */
  wake(): void {
    this.alarm.wake();
  }

  /**
   * Claims nothing more, lets the conversations that began end and writes them down, gives the rest back. As long as
   * a mail server may take for its last answer: ten minutes.
   */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.alarm.wake();
    await this.loop;
    // What is still open counts until it is closed; the rest serves the other replicas at once.
    const keeping = this.repeat({
      name: 'limits',
      alarm: this.alarm,
      everyMs: this.options.limitRenewMs,
      isOver: () => this.hasSettled,
      work: () => this.askLimits(new Map()),
    });
    await Promise.all([...this.lanes.values()].map((lane) => lane.stop()));
    await this.committer.idle();
    await Promise.all(this.givingBack);
    this.hasSettled = true;
    for (const alarm of [this.alarm, this.renewAlarm]) alarm.wake();
    await Promise.all([keeping, this.renewal]);
    await this.publisher.drain();
    await this.limits.release(this.holder, [...this.lanes.values()]);
  }

  private async repeat({ name, alarm, everyMs, isOver, work }: Loop): Promise<void> {
    while (!isOver()) {
      let pauseMs = everyMs;
      try {
        await work();
      } catch (error) {
        this.observer.loopFailed({ loop: name, error, isOutage: isOutage(error) });
        pauseMs = Math.max(everyMs, 1_000);
      }
      await alarm.wait(pauseMs);
    }
  }

  /** Looks where work is, asks for limits, claims, and hands out. */
  private async round(): Promise<void> {
    const runs = await this.queue.waitingRuns(mostRuns);
    const byLane = new Map<ServerLane, WaitingRun[]>();
    for (const run of runs) {
      const lane = await this.laneOf(run);
      if (lane) byLane.set(lane, [...(byLane.get(lane) ?? []), run]);
    }
    await this.askLimits(byLane);
    const requests = [...byLane].flatMap(([lane, of]) => shares(lane.room, of));
    const claimed = requests.length > 0 ? await this.queue.claim(requests, this.options.leaseMs) : [];
    this.didClaim = claimed.length > 0;
    this.handOut(claimed);
    await this.dropIdle(byLane);
    const connections = [...this.lanes.values()].reduce((sum, lane) => sum + lane.connections.count, 0);
    this.observer.gauges({ connections, held: this.held.size });
    this.observer.circuits([...this.lanes.values()].map((lane) => lane.circuitState));
  }

  /** What a lane without work holds of its server's limits serves the other replicas at once. */
  private async dropIdle(work: ReadonlyMap<ServerLane, unknown>): Promise<void> {
    const idle = [...this.lanes].filter(([, lane]) => lane.isIdle && !work.has(lane));
    if (idle.length === 0) return;
    for (const [key] of idle) this.lanes.delete(key);
    await this.limits.release(
      this.holder,
      idle.map(([, lane]) => lane),
    );
  }

  private async laneOf({ tenantId, serverKey }: WaitingRun): Promise<ServerLane | undefined> {
    const settings = await this.settingsOf(tenantId, serverKey);
    // Mails of a server that is not configured wait until it is.
    if (!settings) return undefined;
    const key = laneKey(tenantId, serverKey);
    let lane = this.lanes.get(key);
    if (lane) {
      lane.configure(settings);
    } else {
      lane = new ServerLane(settings, {
        holder: this.holder,
        connections: this.connections,
        contents: this.contents,
        limits: this.limits,
        committer: this.committer,
        budget: this.budget,
        options: this.options,
        observer: this.observer,
        hungry: () => {
          // While the queue had nothing more, only time or an intake brings work.
          if (this.didClaim) this.wake();
        },
        attend: () => this.wake(),
        release: (mails, delayMs) => this.release(mails, delayMs),
      });
      this.lanes.set(key, lane);
    }
    return lane;
  }

  /** One tenant's settings that can't be read must not stop the others. */
  private async settingsOf(tenantId: string, serverKey: string): Promise<ServerSettings | undefined> {
    try {
      return await this.servers.find(tenantId, serverKey);
    } catch (error) {
      this.observer.loopFailed({ loop: 'settings', error, isOutage: isOutage(error) });
      return undefined;
    }
  }

  private async askLimits(work: ReadonlyMap<ServerLane, unknown>): Promise<void> {
    const asking = [...this.lanes.values()].flatMap((lane) => {
      const request = lane.limitRequest(work.has(lane));
      return request ? [{ lane, request }] : [];
    });
    if (asking.length === 0) return;
    const grants = await this.limits.renew(
      this.holder,
      this.options.limitLeaseMs,
      asking.map(({ request }) => request),
    );
    grants.forEach((grant, i) => asking[i]!.lane.take(grant));
  }

  private handOut(mails: readonly ClaimedMail[]): void {
    for (const mail of mails) this.held.set(keyOfMail(mail), mail);
    const byLane = Map.groupBy(mails, ({ tenantId, serverKey }) => laneKey(tenantId, serverKey));
    for (const [key, of] of byLane) this.lanes.get(key)!.add(interleave(of));
  }

  private release(mails: readonly ClaimedMail[], giveBackInMs?: number): void {
    for (const mail of mails) {
      if (this.held.get(keyOfMail(mail)) === mail) this.held.delete(keyOfMail(mail));
    }
    if (giveBackInMs === undefined) return;
    // If this fails, their leases end by themselves.
    const giving = this.queue
      .giveBack(mails, giveBackInMs)
      .catch((error: unknown) =>
        this.observer.loopFailed({ loop: 'give-back', error, isOutage: isOutage(error) }),
      )
      .finally(() => this.givingBack.delete(giving));
    this.givingBack.add(giving);
  }

  private async renew(): Promise<void> {
    await this.queue.renew([...this.held.values()], this.options.leaseMs);
  }
}

interface Loop {
  readonly name: string;
  readonly alarm: Alarm;
  readonly everyMs: number;
  readonly isOver: () => boolean;
  readonly work: () => Promise<void>;
}

const laneKey = (tenantId: string, serverKey: string): string => `${tenantId}/${serverKey}`;

/** The same number of mails for each run; what one does not use, the next round gives to the others. */
function shares(room: number, runs: readonly WaitingRun[]): ClaimRequest[] {
  if (room === 0) return [];
  const each = Math.ceil(room / runs.length);
  return runs.slice(0, room).map((run) => ({ ...run, limit: each }));
}

/** Run after run in turn, each in its own order. */
function interleave(mails: readonly ClaimedMail[]): ClaimedMail[] {
  const queues = [...Map.groupBy(mails, ({ runId }) => runId).values()];
  if (queues.length < 2) return [...mails];
  const result: ClaimedMail[] = [];
  for (let i = 0; result.length < mails.length; i += 1) {
    for (const queue of queues) if (queue[i]) result.push(queue[i]!);
  }
  return result;
}
