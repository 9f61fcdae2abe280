import { Injectable } from '@nestjs/common';
import {
  decideCopies,
  getCopySource,
  getMessageHistory,
  putRunGate,
  queryOutcomes,
  restoreCopies,
  stopCopies,
  type CopyRef,
  type Decision,
  type MessageOutcome,
  type Mode,
} from '@mailrun/contracts';
import { RouteClient } from '@mailrun/platform-http';
import {
  Dispatcher,
  type CopyHistory,
  type DecidedCopies,
  type DecidedCopy,
  type Gate,
} from '../../application/ports/dispatcher.port.js';

/** The dispatcher over internal HTTP. */
@Injectable()
export class HttpDispatcher extends Dispatcher {
  constructor(private readonly client: RouteClient) {
    super();
  }

  override async putGate(tenantId: string, runId: string, gate: Gate): Promise<void> {
    const { round, revision, state } = gate;
    const body = { round, revision, state };
    await this.client.call(putRunGate, { tenantId }, { params: { runId }, body });
  }

  override async queryOutcomes(tenantId: string, copies: readonly CopyRef[]): Promise<MessageOutcome[]> {
    const { outcomes } = await this.client.call(
      queryOutcomes,
      { tenantId },
      { body: { copies: [...copies] } },
    );
    return outcomes;
  }

  override async stopCopies(
    tenantId: string,
    run: { readonly runId: string; readonly round: number; readonly mode: Mode },
    copies: readonly CopyRef[],
  ): Promise<MessageOutcome[]> {
    const body = { ...run, copies: [...copies] };
    return (await this.client.call(stopCopies, { tenantId }, { body })).outcomes;
  }

  override async restoreCopies(
    tenantId: string,
    run: {
      readonly runId: string;
      readonly round: number;
      readonly mode: Mode;
      readonly restoredTo: string;
    },
    copies: readonly CopyRef[],
  ): Promise<MessageOutcome[]> {
    const body = { ...run, copies: [...copies] };
    return (await this.client.call(restoreCopies, { tenantId }, { body })).outcomes;
  }

  override async decideCopies(
    tenantId: string,
    { decision, detail }: { readonly decision: Decision; readonly detail: string },
    copies: readonly DecidedCopy[],
  ): Promise<DecidedCopies> {
    const body = { decision, detail, copies: [...copies] };
    return this.client.call(decideCopies, { tenantId }, { body });
  }

  override async readHistory(tenantId: string, messageId: string): Promise<CopyHistory> {
    return this.client.call(getMessageHistory, { tenantId }, { params: { messageId } });
  }

  override async readSource(tenantId: string, { messageId, copy }: CopyRef) {
    return this.client.stream(getCopySource, { tenantId }, { params: { messageId, copy } });
  }
}
