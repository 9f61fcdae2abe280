import type { MessageOutcome, RenderMessage } from '@mailrun/contracts';
import { decide } from '../apply-outcomes/apply-outcomes.use-case.js';
import type { EngineStores, RunRef } from './engine-stores.js';

/** A running run, with what a test does to it as the use cases do: for the behaviour suites of the ports. */
export class FedRun {
  private constructor(
    private readonly stores: EngineStores,
    readonly ref: RunRef,
    /** Of the messages, in order. */
    readonly ids: readonly string[],
  ) {}

  /** All of its messages are fed. */
  static async of(stores: EngineStores, customers: number): Promise<FedRun> {
    const ref = await stores.startedRun(customers);
    const run = new FedRun(
      stores,
      ref,
      (await stores.messages(ref)).map(({ id }) => id),
    );
    await run.feed();
    return run;
  }

  /** Feeds what is pending. @returns what is published */
  async feed(): Promise<RenderMessage[]> {
    const records = await this.stores.feeds.withRun(this.ref, async (feeding) => {
      const candidates = await feeding.candidates(100);
      if (candidates.length === 0) return [];
      const queued = candidates.map(({ messageId, invoices }) => ({ messageId, invoices: invoices.length }));
      const position = queued.at(-1)!.messageId;
      await feeding.write({ queued, skipped: [], withdrawn: [], dropped: [], position });
      return feeding.records(queued.map(({ messageId }) => messageId));
    });
    return records ?? [];
  }

  /** What the dispatcher says of a copy of the n-th message. */
  async hear(
    index: number,
    state: MessageOutcome['state'],
    revision: number,
    change: Partial<MessageOutcome> = {},
  ): Promise<void> {
    const { tenantId } = this.ref;
    const messageId = this.ids[index]!;
    const outcome: MessageOutcome = {
      messageId,
      copy: 1,
      revision,
      state,
      at: new Date().toISOString(),
      attempts: 1,
      recipients: [{ kind: 'to', address: 'a@y.test', state: state === 'sent' ? 'accepted' : 'pending' }],
      ...change,
    };
    await this.stores.outcomes.inBatch([{ tenantId, messageId }], async (batch) => {
      const earlier = await batch.earlierCopies([messageId]);
      await batch.write(decide(batch.messages, [{ tenantId, outcome }], earlier));
    });
  }
}
