import { listMessages, type Message, type MessageRun } from '@mailrun/contracts';
import type { FaultySmtpServer } from '@mailrun/testing';
import { inParallel } from '../../client/in-parallel.js';
import type { BillingCompany } from '../../company/billing-company.js';
import {
  keys,
  putServer,
  setUpMailing,
  type DefinitionBody,
  type MailingKeys,
  type ServerSettings,
} from '../../company/configuration.js';
import { clusterCode, invoicesOf } from '../../company/many-invoices.js';
import { countOf, Mailing } from '../../company/mailing.js';
import { until } from '../../system/until.js';
import { customers, type DrillGround } from '../ground/drill-ground.js';

export interface WorkloadOptions {
  readonly runs: number;
  /** Over all runs. */
  readonly messages: number;
  readonly server?: ServerSettings;
  readonly policies?: Partial<DefinitionBody>;
}

/** Connections of each company to the drill's mail server, unless the drill says otherwise. */
export const usualConnections = 4;
/** Of both together: so many mails may be in doubt after one crash. */
export const bothCompanies = 2 * usualConnections;

/** For what a drill itself waits for before its end: its long form, with many others beside it. */
export const longestWait = { deadlineMs: 600_000 };

const preparedAtOnce = 4;

interface PreparedRun {
  readonly company: BillingCompany;
  readonly mailing: Mailing;
}

/** Runs of both companies through one mail server of a drill's own; every second one with encrypted archives. */
export class Workload {
  private started = 0;

  private constructor(
    private readonly ground: DrillGround,
    private readonly names: MailingKeys,
    private readonly serverSettings: ServerSettings,
    private readonly runs: readonly PreparedRun[],
    readonly messages: number,
  ) {}

  static async prepare(
    ground: DrillGround,
    mailServer: FaultySmtpServer,
    options: WorkloadOptions,
  ): Promise<Workload> {
    const name = ground.nextName();
    const names = {
      server: `${name}-server`,
      from: `${name}-sender`,
      encrypted: `${name}-encrypted`,
      plain: `${name}-plain`,
    };
    const { host, port } = mailServer;
    const server = { host, port, maxConnections: usualConnections, ...options.server };
    await Promise.all(
      ground.companies.map((company) => setUpMailing(company, mailServer, server, names, options.policies)),
    );
    const each = Math.ceil(options.messages / options.runs);
    const runs = await inParallel(
      Array.from({ length: options.runs }, (_, index) => index),
      preparedAtOnce,
      async (index): Promise<PreparedRun> => {
        const company = ground.companies[index % ground.companies.length]!;
        // A, B, A, B …: plain ones and encrypted ones of both.
        const isEncrypted = Math.floor(index / ground.companies.length) % 2 === index % 2;
        const definition = isEncrypted ? names.encrypted : names.plain;
        return { company, mailing: await prepareRun(ground, company, definition, each, isEncrypted) };
      },
    );
    return new Workload(ground, names, server, runs, each * options.runs);
  }

  get runIds(): string[] {
    return this.runs.map(({ mailing }) => mailing.id);
  }

  get mailings(): readonly Mailing[] {
    return this.runs.map(({ mailing }) => mailing);
  }

  /** Starts the next run, in the usual way or another; does nothing when all were started. */
  async startNext(start = (mailing: Mailing): Promise<void> => mailing.start()): Promise<void> {
    const next = this.runs[this.started];
    if (next === undefined) return;
    this.started += 1;
    await start(next.mailing);
  }

  /** Starts all that were not started yet, one after the other. */
  async startRest(): Promise<void> {
    while (this.started < this.runs.length) await this.startNext();
  }

  /** The run that was started last. */
  get newest(): Mailing {
    return this.runs[Math.max(this.started - 1, 0)]!.mailing;
  }

  /** Changes the settings of the message server of both companies. */
  async changeServer(change: ServerSettings): Promise<void> {
    await Promise.all(
      this.ground.companies.map((company) =>
        putServer(company, { ...this.serverSettings, ...change }, this.names.server, '*'),
      ),
    );
  }

  /**
   * Waits until every message is final, held for a decision, or (only where that may be an end) due at a known time.
   * @throws with what is left over, after the deadline
   */
  async untilFinal(mayEndDeferred: boolean, deadlineMs: number): Promise<void> {
    const left = new Map<PreparedRun, string>(this.runs.map((run) => [run, `run ${run.mailing.id}`]));
    await until(
      'all messages to be final, held or due',
      async () => {
        // Looking costs the system under test time: whatever is at its end is not looked at again.
        for (const run of left.keys()) {
          const rest = await openMessages(run, mayEndDeferred);
          if (rest === undefined) left.delete(run);
          else left.set(run, rest);
        }
        return left.size === 0 ? true : undefined;
      },
      { deadlineMs, everyMs: 500 },
    ).catch((cause: unknown) => {
      const rests = [...left.values()].join('; ');
      throw new Error(`After ${deadlineMs / 1000} s there were left: ${rests}.`, { cause });
    });
  }
}

async function prepareRun(
  ground: DrillGround,
  company: BillingCompany,
  definitionKey: string,
  messages: number,
  isEncrypted: boolean,
): Promise<Mailing> {
  const { series, ...period } = ground.nextPeriod();
  const invoices = invoicesOf(customers, messages, series, period);
  await company.importAll('invoices', invoices);
  if (isEncrypted) await company.uploadPdfs(invoices, keys.pdf);
  return Mailing.prepared(company, definitionKey, {
    selection: { clusterCode, includeDescendants: true, ...period },
  });
}

/** What of a run is not at its end yet, as a text. */
async function openMessages(
  { company, mailing }: PreparedRun,
  mayEndDeferred: boolean,
): Promise<string | undefined> {
  const run = await mailing.read();
  if (run.state === 'completed' || run.state === 'stopped') return openOf(run, false);
  const rest = openOf(run, mayEndDeferred);
  if (rest !== undefined || !mayEndDeferred) return rest ?? `run ${run.id} is ${run.state}`;
  const deferred = await company.api.all<Message>(listMessages, {
    query: { run: mailing.id, status: 'deferred' },
  });
  const undated = deferred.filter(({ nextTryAt }) => nextTryAt === null);
  return undated.length === 0 ? undefined : `${undated.length} deferred messages without a time`;
}

const goingOn = ['pending', 'queued', 'accepted', 'deferred'] as const;

function openOf(run: MessageRun, mayEndDeferred: boolean): string | undefined {
  const open = goingOn
    .filter((status) => status !== 'deferred' || !mayEndDeferred)
    .map((status) => ({ status, count: countOf(run.messages, status) }))
    .filter(({ count }) => count > 0);
  if (open.length === 0) return undefined;
  const counts = open.map(({ status, count }) => `${count} ${status}`).join(', ');
  return `run ${run.id} (${run.state}): ${counts}`;
}
