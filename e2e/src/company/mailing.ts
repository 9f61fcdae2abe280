import {
  createMessageRun,
  decideMessageRun,
  getDryRun,
  getMessage,
  getMessageRun,
  listMessages,
  pauseMessageRun,
  prepareMessageRun,
  resendMessage,
  resumeMessageRun,
  retryFailedOfMessageRun,
  sendRestOfMessageRun,
  startMessageRun,
  stopMessageRun,
  type BegunRound,
  type Decision,
  type DryRun,
  type Message,
  type MessageDetail,
  type MessageRun,
  type messageRunBody,
} from '@mailrun/contracts';
import type { z } from 'zod';
import { GiveUp, until, type Deadline } from '../system/until.js';
import type { BillingCompany } from './billing-company.js';
import { clusterCode, period } from './many-invoices.js';

type RunBody = z.input<typeof messageRunBody>;

/** States of messages from which they go on by themselves. */
const openStates: ReadonlySet<string> = new Set(['pending', 'queued', 'accepted', 'deferred']);

/** One message run, from its draft to its end. */
export class Mailing {
  private constructor(
    private readonly company: BillingCompany,
    readonly id: string,
  ) {}

  /** A draft over all customers, in the period of these tests unless another selection is given. */
  static async draft(
    company: BillingCompany,
    definitionKey: string,
    body: Partial<RunBody> = {},
  ): Promise<Mailing> {
    const selection = { clusterCode, includeDescendants: true, ...period };
    const { id } = await company.api.call(createMessageRun, { body: { definitionKey, selection, ...body } });
    return new Mailing(company, id);
  }

  static async prepared(
    company: BillingCompany,
    definitionKey: string,
    body: Partial<RunBody> = {},
  ): Promise<Mailing> {
    const mailing = await Mailing.draft(company, definitionKey, body);
    await mailing.prepare();
    return mailing;
  }

  read(): Promise<MessageRun> {
    return this.company.api.call(getMessageRun, { params: { id: this.id } });
  }

  async prepare(): Promise<MessageRun> {
    await this.company.api.call(prepareMessageRun, { params: { id: this.id }, body: {} });
    return this.inState('prepared', ['preparing'], { deadlineMs: 60_000 });
  }

  dryRun(): Promise<DryRun> {
    return this.company.api.call(getDryRun, { params: { id: this.id } });
  }

  /** Starts what was prepared, as a person does who has read the dry run. @param firstMessages only so many */
  async start(firstMessages?: number): Promise<void> {
    const { preparationId, messages } = await this.dryRun();
    const few = firstMessages === undefined ? {} : { firstMessages };
    const body = { preparationId, expectedMessages: messages.toSend, ...few };
    await this.company.api.call(startMessageRun, { params: { id: this.id }, body });
  }

  async stop(): Promise<void> {
    await this.company.api.call(stopMessageRun, { params: { id: this.id }, body: {} });
  }

  async pause(): Promise<void> {
    await this.company.api.call(pauseMessageRun, { params: { id: this.id }, body: {} });
  }

  async resume(body: { firstMessages?: number } = {}): Promise<void> {
    await this.company.api.call(resumeMessageRun, { params: { id: this.id }, body });
  }

  paused(): Promise<MessageRun> {
    return this.inState('paused', ['running'], {});
  }

  sendRest(): Promise<BegunRound> {
    return this.company.api.call(sendRestOfMessageRun, { params: { id: this.id }, body: {} });
  }

  retryFailed(): Promise<BegunRound> {
    return this.company.api.call(retryFailedOfMessageRun, { params: { id: this.id }, body: {} });
  }

  async decide(decision: Decision): Promise<void> {
    await this.company.api.call(decideMessageRun, { params: { id: this.id }, body: { decision } });
  }

  /** One message of the run goes again, as a new copy. */
  resend(id: string): Promise<BegunRound> {
    return this.company.api.call(resendMessage, { params: { id }, body: { note: 'It was asked for' } });
  }

  message(id: string): Promise<MessageDetail> {
    return this.company.api.call(getMessage, { params: { id } });
  }

  messages(): Promise<Message[]> {
    return this.company.api.all<Message>(listMessages, { query: { run: this.id } });
  }

  completed(deadline: Deadline = { deadlineMs: 120_000 }): Promise<MessageRun> {
    return this.inState('completed', ['running'], deadline);
  }

  /** Waits until the run is as it should be. */
  until(holds: (run: MessageRun) => boolean, deadline?: Deadline): Promise<MessageRun> {
    return until(
      'the run to be as it should',
      async () => {
        const run = await this.read();
        return holds(run) ? run : undefined;
      },
      deadline,
    );
  }

  /** Waits until nothing of a stopped run can leave any more. */
  async stopped(): Promise<MessageRun> {
    await this.inState('stopped', ['running'], {});
    return until('the rest of the run to be stopped', async () => {
      const run = await this.read();
      const isOpen = run.messages.some(({ status, count }) => openStates.has(status) && count > 0);
      return isOpen ? undefined : run;
    });
  }

  /** Waits for the state, as long as the run is in one of those that lead there. */
  private inState(
    state: MessageRun['state'],
    before: readonly MessageRun['state'][],
    deadline: Deadline,
  ): Promise<MessageRun> {
    let last: MessageRun | undefined;
    return until(
      `the run to be ${state}`,
      async () => {
        last = await this.read();
        if (last.state === state) return last;
        if (!before.includes(last.state))
          throw new GiveUp(`The run is ${last.state} (${last.why ?? last.statusText}), not ${state}.`);
        return undefined;
      },
      { everyMs: 100, ...deadline },
    ).catch((cause: unknown) => {
      throw new Error(
        `Run ${this.id} did not become ${state}: it is ${last?.state ?? 'unknown'} with messages ${JSON.stringify(last?.messages)}`,
        { cause },
      );
    });
  }
}

/** How many there are in a status, for a reason where one is given; also of none. */
export function countOf(
  counts: MessageRun['messages'],
  status: MessageRun['messages'][number]['status'],
  reason?: string,
): number {
  return counts
    .filter((count) => count.status === status && (reason === undefined || count.reason === reason))
    .reduce((sum, { count }) => sum + count, 0);
}
