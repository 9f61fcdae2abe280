import { Injectable } from '@nestjs/common';
import { Logger, Metrics, secondsBuckets } from '@mailrun/platform-telemetry';
import { DispatchObserver } from '../../application/ports/dispatch-observer.port.js';
import type { Circuit } from '../../domain/server-health.js';

/** What waits for a change of the server's settings, or of our rights on it. */
const needsPerson = [
  'smtp.credentials-refused',
  'smtp.client-refused',
  'smtp.tls-required',
  'smtp.auth-not-offered',
];

/** Metrics of the dispatcher, and what its loops say to the log. */
@Injectable()
export class MetricsDispatchObserver extends DispatchObserver {
  private readonly acceptedCopies;
  private readonly attempts;
  private readonly attemptSeconds;
  private readonly commitSeconds;
  private readonly commitMails;
  private readonly recoveredMails;
  private readonly stoppedMails;
  private readonly faults;
  private readonly loopFailures;
  private readonly circuitChanges;
  private readonly circuitCounts;
  private readonly connections;
  private readonly claimedMails;
  private readonly holdCount;
  private readonly pausedServerCount;
  private knownHolds = '';

  constructor(
    metrics: Metrics,
    private readonly logger: Logger,
  ) {
    super();
    this.acceptedCopies = metrics.counter({
      name: 'mailrun_dispatcher_accepted_copies_total',
      help: 'Copies taken in: entered, answered because they were there, or dropped as older than a day.',
      labels: ['result'],
    });
    this.attempts = metrics.counter({
      name: 'mailrun_dispatcher_attempts_total',
      help: 'Conversations about a mail that ended, by what became of the mail and the code of the reason.',
      labels: ['state', 'code'],
    });
    this.attemptSeconds = metrics.histogram({
      name: 'mailrun_dispatcher_attempt_duration_seconds',
      help: 'From handing a mail over to the answer of the mail server.',
      buckets: [...secondsBuckets, 60, 600],
    });
    this.commitSeconds = metrics.histogram({
      name: 'mailrun_dispatcher_commit_duration_seconds',
      help: 'Duration of a group commit.',
      buckets: secondsBuckets,
    });
    this.commitMails = metrics.histogram({
      name: 'mailrun_dispatcher_commit_mails_count',
      help: 'Mails settled or marked in one group commit.',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
    });
    this.recoveredMails = metrics.counter({
      name: 'mailrun_dispatcher_recovered_mails_total',
      help: 'Mails of processes that ended: returned to the queue, or of unknown outcome.',
      labels: ['result'],
    });
    this.stoppedMails = metrics.counter({
      name: 'mailrun_dispatcher_stopped_mails_total',
      help: 'Waiting mails that were ended because their run was stopped.',
    });
    this.faults = metrics.counter({
      name: 'mailrun_dispatcher_server_faults_total',
      help: 'Faults of mail servers that paused them, by code.',
      labels: ['code'],
    });
    this.loopFailures = metrics.counter({
      name: 'mailrun_dispatcher_loop_failures_total',
      help: 'Failures of the dispatcher’s loops; each goes on.',
      labels: ['loop', 'kind'],
    });
    this.circuitChanges = metrics.counter({
      name: 'mailrun_dispatcher_circuit_changes_total',
      help: 'Changes of mail servers’ circuits, by the state reached and the code of the reason.',
      labels: ['to', 'code'],
    });
    this.circuitCounts = metrics.gauge({
      name: 'mailrun_dispatcher_server_circuits_count',
      help: 'Mail servers with work in this process, by the state of their circuit and whose turn it is. Open ones keep mails waiting: for the server, or for a person who corrects settings or rights.',
      labels: ['state', 'waits_for'],
    });
    this.connections = metrics.gauge({
      name: 'mailrun_dispatcher_smtp_connections_count',
      help: 'Open connections to mail servers.',
    });
    this.claimedMails = metrics.gauge({
      name: 'mailrun_dispatcher_claimed_mails_count',
      help: 'Mails claimed by this process that are not settled.',
    });
    this.holdCount = metrics.gauge({
      name: 'mailrun_dispatcher_holds_count',
      help: 'Holds that let no mail leave, of a tenant or of all, by reason: operator, or restored (a backup).',
      labels: ['reason'],
    });
    this.pausedServerCount = metrics.gauge({
      name: 'mailrun_dispatcher_paused_servers_count',
      help: 'Message servers of all tenants that a person paused: their mails wait until a person resumes them.',
    });
  }

  accepted({ entered, answered, expired }: Parameters<DispatchObserver['accepted']>[0]): void {
    this.acceptedCopies.inc({ result: 'entered' }, entered);
    this.acceptedCopies.inc({ result: 'answered' }, answered);
    this.acceptedCopies.inc({ result: 'expired' }, expired);
  }

  settled({ state, code, seconds }: Parameters<DispatchObserver['settled']>[0]): void {
    this.attempts.inc({ state, code });
    this.attemptSeconds.observe(seconds);
  }

  committed({ finished, marked, seconds }: Parameters<DispatchObserver['committed']>[0]): void {
    this.commitSeconds.observe(seconds);
    this.commitMails.observe(Math.max(finished, marked));
  }

  recovered({ returned, uncertain }: Parameters<DispatchObserver['recovered']>[0]): void {
    if (returned + uncertain === 0) return;
    this.recoveredMails.inc({ result: 'returned' }, returned);
    this.recoveredMails.inc({ result: 'uncertain' }, uncertain);
    this.logger.warn('Mails of a dispatcher that ended were recovered.', { returned, uncertain });
  }

  stopped({ mails }: Parameters<DispatchObserver['stopped']>[0]): void {
    this.stoppedMails.inc(mails);
    this.logger.info('Waiting mails of stopped runs were ended.', { mails });
  }

  serverFault({ code }: Parameters<DispatchObserver['serverFault']>[0]): void {
    this.faults.inc({ code });
    // Not the server's words: they may name a customer.
    this.logger.warn('A mail server can’t be used now and is left alone.', { code });
  }

  holds(of: Parameters<DispatchObserver['holds']>[0]): void {
    for (const reason of ['operator', 'restored'] as const) {
      this.holdCount.set({ reason }, of.filter((hold) => hold.reason === reason).length);
    }
    const known = JSON.stringify(of);
    if (known === this.knownHolds) return;
    this.knownHolds = known;
    if (of.length > 0) {
      this.logger.warn('No mail leaves: see `mailrun release`.', {
        holds: of.map(({ scope, reason }) => `${reason}: ${scope}`),
      });
    }
  }

  pausedServers(count: number): void {
    this.pausedServerCount.set(count);
  }

  circuitChanged({ to, code = 'none' }: Parameters<DispatchObserver['circuitChanged']>[0]): void {
    this.circuitChanges.inc({ to, code });
    if (to === 'closed') this.logger.info('A mail server can be used again.');
    // Nobody but a person mends these.
    else if (needsPerson.includes(code)) this.logger.error('A mail server does not let us send.', { code });
  }

  circuits(states: Parameters<DispatchObserver['circuits']>[0]): void {
    const isForPerson = (code: string | undefined) => code !== undefined && needsPerson.includes(code);
    const count = (state: Circuit, forPerson: boolean) =>
      states.filter((one) => one.state === state && isForPerson(one.code) === forPerson).length;
    this.circuitCounts.set({ state: 'closed', waits_for: 'nobody' }, count('closed', false));
    for (const state of ['open', 'half-open'] as const) {
      this.circuitCounts.set({ state, waits_for: 'server' }, count(state, false));
      this.circuitCounts.set({ state, waits_for: 'person' }, count(state, true));
    }
  }

  gauges({ connections, held }: Parameters<DispatchObserver['gauges']>[0]): void {
    this.connections.set(connections);
    this.claimedMails.set(held);
  }

  loopFailed({ loop, error, isOutage }: Parameters<DispatchObserver['loopFailed']>[0]): void {
    this.loopFailures.inc({ loop, kind: isOutage ? 'outage' : 'bug' });
    const message = 'A loop of the dispatcher failed and goes on.';
    if (isOutage) this.logger.warn(message, { loop }, error);
    else this.logger.error(message, { loop }, error);
  }
}
