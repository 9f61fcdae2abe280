import { Controller } from '@nestjs/common';
import {
  decideCopies,
  getCopySource,
  getMessageHistory,
  pauseMessageServer,
  putRunGate,
  putTenantMode,
  queryOutcomes,
  queryPausedRuns,
  queryServerStates,
  restoreCopies,
  resumeMessageServer,
  stopCopies,
  testMessageServer,
} from '@mailrun/contracts';
import { Serves, type Call, type HttpAnswer } from '@mailrun/platform-http';
import { AnswerOutcomes } from '../application/answer-outcomes/answer-outcomes.js';
import { ApplyGate } from '../application/apply-gate/apply-gate.js';
import { DecideCopies } from '../application/decide-copies/decide-copies.js';
import { PauseServer } from '../application/pause-server/pause-server.js';
import type { CopiesToEnd } from '../application/ports/mail-intake.port.js';
import { PausedServers } from '../application/ports/paused-servers.port.js';
import { restoredReply } from '../application/reconcile-restored/reconcile-restored.js';
import { ReadHistory } from '../application/read-history/read-history.js';
import { ReadServerStates } from '../application/read-server-states/read-server-states.js';
import { ReadSource } from '../application/read-source/read-source.js';
import { SetTenantMode } from '../application/set-tenant-mode/set-tenant-mode.js';
import { EndCopies } from '../application/end-copies/end-copies.js';
import { TestServer } from '../application/test-server/test-server.js';
import { historyJson } from './history.json.js';
import { serverStateJson } from './server-state.json.js';

/** What other services ask the dispatcher. */
@Controller()
export class DispatcherController {
  constructor(
    private readonly setTenantMode: SetTenantMode,
    private readonly applyGate: ApplyGate,
    private readonly answerOutcomes: AnswerOutcomes,
    private readonly ending: EndCopies,
    private readonly deciding: DecideCopies,
    private readonly readSource: ReadSource,
    private readonly readHistory: ReadHistory,
    private readonly testServer: TestServer,
    private readonly readServerStates: ReadServerStates,
    private readonly pausing: PauseServer,
    private readonly pausedServers: PausedServers,
  ) {}

  @Serves(putTenantMode)
  async putTenantMode({ context, body }: Call<typeof putTenantMode>): Promise<HttpAnswer> {
    await this.setTenantMode.set(context.tenantId, body.mode, body.revision);
    return {};
  }

  @Serves(putRunGate)
  async putRunGate({ context, params, body }: Call<typeof putRunGate>): Promise<HttpAnswer> {
    await this.applyGate.apply({ tenantId: context.tenantId, runId: params.runId, ...body });
    return {};
  }

  @Serves(queryOutcomes)
  async queryOutcomes({ context, body }: Call<typeof queryOutcomes>): Promise<HttpAnswer> {
    const found = await this.answerOutcomes.answer(context.tenantId, body.copies);
    return { body: { outcomes: found.map(({ outcome }) => outcome) } };
  }

  @Serves(stopCopies)
  async stopCopies({ context, body }: Call<typeof stopCopies>): Promise<HttpAnswer> {
    return this.end({ tenantId: context.tenantId, ...body, as: 'stopped' });
  }

  @Serves(restoreCopies)
  async restoreCopies({
    context,
    body: { restoredTo, ...body },
  }: Call<typeof restoreCopies>): Promise<HttpAnswer> {
    const reply = restoredReply(new Date(restoredTo));
    return this.end({ tenantId: context.tenantId, ...body, as: 'uncertain', reply });
  }

  private async end(copies: CopiesToEnd): Promise<HttpAnswer> {
    const outcomes = await this.ending.end(copies);
    return { body: { outcomes: outcomes.map(({ outcome }) => outcome) } };
  }

  @Serves(decideCopies)
  async decideCopies({ context, body }: Call<typeof decideCopies>): Promise<HttpAnswer> {
    const { outcomes, refused } = await this.deciding.decide({ tenantId: context.tenantId, ...body });
    return { body: { outcomes: outcomes.map(({ outcome }) => outcome), refused } };
  }

  @Serves(getCopySource)
  async getCopySource({ context, params }: Call<typeof getCopySource>): Promise<HttpAnswer> {
    return this.readSource.read(context.tenantId, params);
  }

  @Serves(getMessageHistory)
  async getMessageHistory({ context, params }: Call<typeof getMessageHistory>): Promise<HttpAnswer> {
    return { body: historyJson(await this.readHistory.read(context.tenantId, params.messageId)) };
  }

  @Serves(queryServerStates)
  async queryServerStates({ context, body }: Call<typeof queryServerStates>): Promise<HttpAnswer> {
    const used = await this.readServerStates.read(context.tenantId, body.serverKeys);
    const now = new Date();
    return {
      body: { states: Object.fromEntries(used.map((use) => [use.serverKey, serverStateJson(use, now)])) },
    };
  }

  @Serves(pauseMessageServer)
  pauseServer({ context, params, body }: Call<typeof pauseMessageServer>): Promise<HttpAnswer> {
    return this.pausing.pause(context, params.key, body.note);
  }

  @Serves(resumeMessageServer)
  resumeServer({ context, params, body }: Call<typeof resumeMessageServer>): Promise<HttpAnswer> {
    return this.pausing.resume(context, params.key, body.note);
  }

  @Serves(queryPausedRuns)
  async queryPausedRuns({ context, body }: Call<typeof queryPausedRuns>): Promise<HttpAnswer> {
    return { body: { runs: await this.pausedServers.waitingRuns(context.tenantId, body.runIds) } };
  }

  @Serves(testMessageServer)
  async testMessageServer({ context, params, body }: Call<typeof testMessageServer>): Promise<HttpAnswer> {
    const { conversation, ...result } = await this.testServer.test({
      tenantId: context.tenantId,
      serverKey: params.key,
      ...body,
    });
    return {
      body: { ...result, conversation: conversation.map(({ from, text }) => ({ from, line: text })) },
    };
  }
}
