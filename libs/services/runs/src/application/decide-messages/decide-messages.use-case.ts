import { Injectable } from '@nestjs/common';
import { decideMessage, decideMessageRun, type Decision } from '@mailrun/contracts';
import { Database, type ActContext, type Answer, type Transaction } from '@mailrun/platform-persistence';
import { mayDecide } from '../../domain/runs/run-conditions.js';
import {
  decidedAlready,
  messageNotFound,
  notUncertain,
  nothingUncertain,
  otherMode,
  otherNumberInRound,
  stoppedForGood,
} from '../../domain/runs/run-refusals.js';
import type { Run } from '../../domain/runs/run.js';
import { DecisionStore } from '../ports/decision-store.port.js';
import { RoundStore } from '../ports/round-store.port.js';
import { RunStore } from '../ports/run-store.port.js';
import { TenantSettingsReader } from '../ports/tenant-settings-reader.port.js';
import { WorkIndex } from '../ports/work-index.port.js';
import { RunActs, type ActResult } from '../run-acts.js';

interface Request {
  readonly decision: Decision;
  readonly note?: string | undefined;
}

const wakes = ['decide', 'settle'] as const;

/**
 * Decides about uncertain mails, one or all of a run: recorded here, with who and why, and carried out by a worker. A run
 * of which a mail is sent again is running until that is final.
 */
@Injectable()
export class DecideMessages {
  constructor(
    private readonly database: Database,
    private readonly acts: RunActs,
    private readonly runs: RunStore,
    private readonly rounds: RoundStore,
    private readonly decisions: DecisionStore,
    private readonly settings: TenantSettingsReader,
    private readonly work: WorkIndex,
  ) {}

  async decideOne(context: ActContext, messageId: string, request: Request): Promise<Answer> {
    const find = (tx: Transaction) => this.rounds.findMessage(tx, messageId);
    const found = await this.database.inTenant(context.tenantId, find);
    if (found === undefined) throw messageNotFound();
    const { mode } = await this.settings.read(context.tenantId);
    const act = {
      route: decideMessage.id,
      runId: found.runId,
      request: { messageId, ...request },
      done: 'message-decided',
      allowed: mayDecide,
      wakes,
    };
    return this.acts.perform(context, act, async (tx, run) => {
      const message = await find(tx);
      if (message === undefined) throw messageNotFound();
      // Asked first: the message is uncertain until the earlier decision was carried out.
      await this.assertNotDecided(tx, run, messageId);
      if (message.state !== 'uncertain') throw notUncertain(message.state);
      return this.record(tx, context, run, mode, { ...request, messageId, messages: 1 });
    });
  }

  async decideAll(
    context: ActContext,
    runId: string,
    request: Request & { readonly expectedMessages?: number | undefined },
  ): Promise<Answer> {
    const { mode } = await this.settings.read(context.tenantId);
    const act = { route: decideMessageRun.id, runId, request, done: 'decided', allowed: mayDecide, wakes };
    return this.acts.perform(context, act, async (tx, run) => {
      await this.assertNotDecided(tx, run, null);
      const counts = run.preparationId === null ? [] : await this.runs.counts(tx, run.preparationId);
      const messages = counts
        .filter(({ unit, status }) => unit === 'messages' && status === 'uncertain')
        .reduce((sum, { count }) => sum + count, 0);
      if (messages === 0) throw nothingUncertain(run.state);
      const { expectedMessages = messages } = request;
      if (expectedMessages !== messages) throw otherNumberInRound(expectedMessages, messages);
      return this.record(tx, context, run, mode, { ...request, messageId: null, messages });
    });
  }

  private async assertNotDecided(tx: Transaction, run: Run, messageId: string | null): Promise<void> {
    const pending = await this.decisions.findPending(tx, run.id, messageId);
    if (pending !== undefined) throw decidedAlready(pending);
  }

  private async record(
    tx: Transaction,
    { actor }: ActContext,
    run: Run,
    tenantMode: string,
    { decision, note, messageId, messages }: Request & { messageId: string | null; messages: number },
  ): Promise<ActResult> {
    const ref = { runId: run.id, tenantId: run.tenantId };
    if (decision === 'send-again') {
      if (run.state === 'stopped') throw stoppedForGood();
      if (run.mode !== tenantMode) throw otherMode(run.mode ?? 'none', tenantMode);
      if (run.state === 'completed') {
        await this.runs.change(tx, run.id, { state: 'running', why: null, resumedAt: 'now', endedAt: null });
        await this.runs.changeRounds(tx, run, 'running');
        await this.work.add(tx, 'run', ref);
      }
    }
    const decisionId = await this.decisions.insert(tx, ref, {
      decision,
      messageId,
      note: note ?? null,
      actor: actor ?? null,
    });
    await this.work.add(tx, 'decide', ref);
    return { after: { decisionId, messages }, answer: { decisionId, messages } };
  }
}
