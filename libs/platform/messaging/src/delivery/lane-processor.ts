import { errorMessage, isOutage, Refusal } from '@mailrun/platform-errors';
import type { BusMessage } from '@mailrun/contracts';
import type { BatchContext, DeadRecord } from '../consume/batch-context.js';
import type { Consumer } from '../consume/batch-server.js';
import type { DeadLetterStore, DeadReason } from '../port/dead-letter-store.port.js';
import type { MessagingLog } from '../port/log.js';
import type { MessagingObserver } from '../port/observer.js';
import { traceBatch } from '../trace/trace-batch.js';
import { fromWire } from '../wire/headers.js';
import { BackOff, type OutagePause } from './back-off.js';
import type { BatchSizer } from './batch-sizer.js';
import type { Delivery, LaneControl, LaneOutcome } from './delivery.js';
import { sleep } from './sleep.js';

/** What a lane needs beside its handler. */
export interface LaneTools {
  readonly service: string;
  readonly deadLetters: DeadLetterStore;
  readonly observer: MessagingObserver;
  readonly log: MessagingLog;
  readonly signal: AbortSignal;
  /** How often a record that fails alone, for no outage and no refusal, is tried before it is dead. */
  readonly triesOfBugs: number;
  /** Pause between two such tries. */
  readonly retryDelayMs: number;
  /** First and longest pause of an outage. */
  readonly outagePauseMs: OutagePause;
}

interface Dead {
  readonly delivery: Delivery;
  readonly message?: BusMessage;
  readonly reason: DeadReason;
  /** Tries of this record alone. */
  readonly tries: number;
}

const refused = (error: Refusal): DeadReason => ({
  family: 'refusal',
  code: error.code,
  detail: error.message,
});
const buggy = (error: unknown): DeadReason => ({
  family: 'bug',
  code: 'bug',
  detail: error instanceof Error ? `${error.name}: ${error.message}` : errorMessage(error),
});

/**
 * Hands the records of one lane to their handler in batches, and decides what a failure means. The same for both
 * transports. Order is kept: nothing is handed over before everything ahead of it was handled or is dead.
 */
export class LaneProcessor {
  private readonly backOff: BackOff;

  constructor(
    private readonly consumer: Consumer,
    private readonly sizer: BatchSizer,
    private readonly tools: LaneTools,
  ) {
    this.backOff = new BackOff(tools.outagePauseMs);
  }

  async run(deliveries: readonly Delivery[], control: LaneControl): Promise<LaneOutcome> {
    const { observer } = this.tools;
    const { topic } = this.consumer;
    let from = 0;
    let aloneUntil = 0;
    let tries = 0;
    while (from < deliveries.length) {
      if (control.isEnding()) return { kind: 'ended' };
      const end = from < aloneUntil ? from + 1 : this.sizer.endOf(deliveries, from);
      const batch = deliveries.slice(from, end);
      const startedAt = performance.now();
      let dead: readonly Dead[] = [];
      let fatal: DeadReason | undefined;
      try {
        dead = await this.handle(batch);
      } catch (error) {
        if (isOutage(error)) return this.outage(error);
        const isRefusal = error instanceof Refusal;
        observer.failed({ topic, family: isRefusal ? 'refusal' : 'bug' });
        if (batch.length > 1) {
          aloneUntil = end;
          continue;
        }
        tries += 1;
        if (!isRefusal && tries < this.tools.triesOfBugs) {
          await sleep(this.tools.retryDelayMs, this.tools.signal);
          continue;
        }
        fatal = this.reasonOf(error);
      }
      const elapsedMs = performance.now() - startedAt;
      try {
        if (fatal !== undefined) {
          dead = [{ delivery: batch[0]!, message: await batch[0]!.decode(), reason: fatal, tries }];
        }
        if (dead.length > 0) await this.bury(dead);
      } catch (error) {
        return this.outage(error);
      }
      tries = 0;
      this.backOff.reset();
      if (batch.length > 1 || aloneUntil <= from) this.sizer.observe(batch.length, elapsedMs);
      await control.commit(end);
      let bytes = 0;
      for (const { sizeBytes } of batch) bytes += sizeBytes;
      observer.consumed({ topic, records: batch.length, bytes, handlerSeconds: elapsedMs / 1000 });
      from = end;
    }
    return { kind: 'done' };
  }

  private outage(error: unknown): LaneOutcome {
    const retryInMs = this.backOff.nextMs();
    const { topic } = this.consumer;
    this.tools.observer.failed({ topic, family: 'outage' });
    this.tools.log({
      level: 'warn',
      message: 'An outage pauses the bus',
      fields: { topic, retryInMs },
      error,
    });
    return { kind: 'outage', retryInMs, error };
  }

  /** Decodes and hands over one batch. @returns what can never be handled; @throws what the handler threw */
  private async handle(batch: readonly Delivery[]): Promise<readonly Dead[]> {
    const dead: Dead[] = [];
    const messages: BusMessage[] = [];
    const readable: Delivery[] = [];
    for (const delivery of batch) {
      try {
        const decoded = delivery.decode();
        const message = decoded instanceof Promise ? await decoded : decoded;
        messages.push(message);
        readable.push(delivery);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        dead.push({ delivery, reason: refused(error), tries: 1 });
      }
    }
    if (messages.length === 0) return dead;
    const { topic } = this.consumer;
    const rejected = new Map<number, DeadReason>();
    let handed: readonly BusMessage[] = messages;
    const context: BatchContext = {
      topic,
      signal: this.tools.signal,
      reject: (message, { code, detail }) => {
        const index = handed.indexOf(message);
        if (index < 0) throw new TypeError('Only messages of the batch can be rejected.');
        rejected.set(index, { family: 'refusal', code, detail });
      },
    };
    await traceBatch(topic, messages, (traced) => {
      handed = traced;
      return this.consumer.handle(traced, context);
    });
    for (const [index, reason] of rejected) {
      dead.push({ delivery: readable[index]!, message: messages[index]!, reason, tries: 1 });
    }
    return dead;
  }

  private reasonOf(error: unknown): DeadReason {
    if (error instanceof Refusal) return refused(error);
    const { topic } = this.consumer;
    this.tools.log({ level: 'error', message: 'A record fails again and again', fields: { topic }, error });
    return buggy(error);
  }

  /** Stores dead records, then tells the service of them. @throws whatever keeps a letter from being stored, or an outage */
  private async bury(dead: readonly Dead[]): Promise<void> {
    const { service, deadLetters, observer, log } = this.tools;
    const { topic } = this.consumer;
    const failedAt = new Date().toISOString();
    await deadLetters.add(
      dead.map(({ delivery, reason, tries }) => ({
        topic,
        service,
        key: delivery.key,
        ...delivery.raw(),
        reason,
        tries,
        failedAt,
      })),
    );
    for (const family of ['refusal', 'bug'] as const) {
      const records = dead.filter(({ reason }) => reason.family === family).length;
      if (records > 0) observer.deadLettered({ topic, records, family });
    }
    log({
      level: 'error',
      message: 'Records went to the dead letter',
      fields: { topic, records: dead.length, codes: [...new Set(dead.map(({ reason }) => reason.code))] },
    });
    await this.tell(dead.map(deadRecordOf));
  }

  private async tell(records: readonly DeadRecord[]): Promise<void> {
    const { triesOfBugs, retryDelayMs, log, signal } = this.tools;
    for (let tries = 1; tries <= triesOfBugs; tries += 1) {
      try {
        await this.consumer.onDeadLetter?.(records);
        return;
      } catch (error) {
        if (isOutage(error)) throw error;
        log({
          level: 'error',
          message: 'The dead-letter handler failed',
          fields: { topic: this.consumer.topic, tries },
          error,
        });
        if (tries < triesOfBugs) await sleep(retryDelayMs, signal);
      }
    }
  }
}

function deadRecordOf({ delivery, message, reason }: Dead): DeadRecord {
  const { headers, value } = delivery.raw();
  const record = { key: delivery.key, headers, reason };
  if (message !== undefined) return { ...record, busHeaders: message.headers, message };
  const busHeaders = unless(Refusal, () => fromWire(headers));
  const invalidBody = unless(SyntaxError, () => JSON.parse(value) as unknown);
  return {
    ...record,
    ...(busHeaders === undefined ? {} : { busHeaders }),
    ...(invalidBody === undefined ? {} : { invalidBody }),
  };
}

/** What `read` returns, or undefined when it throws an error of that kind. */
function unless<Value>(kind: new (...args: never[]) => Error, read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof kind) return undefined;
    throw error;
  }
}
