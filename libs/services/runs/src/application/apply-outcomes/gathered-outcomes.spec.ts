import { jest } from '@jest/globals';
import { Outage } from '@mailrun/platform-errors';
import type { ApplyOutcomes, TenantOutcome } from './apply-outcomes.use-case.js';
import { GatheredOutcomes } from './gathered-outcomes.js';

/** Outcomes are told apart by their message only. */
const outcomes = (...messageIds: string[]): TenantOutcome[] =>
  messageIds.map((messageId) => ({ tenantId: 't', outcome: { messageId } as TenantOutcome['outcome'] }));
const many = (count: number, prefix: string) =>
  outcomes(...Array.from({ length: count }, (_, index) => `${prefix}${index}`));

describe('gathering outcomes', () => {
  const { signal } = new AbortController();
  let applied: string[][];
  let faults: Map<string, Error>;
  let finish: (() => void) | undefined;
  let gathered: GatheredOutcomes;

  beforeEach(() => {
    jest.useFakeTimers();
    applied = [];
    faults = new Map();
    finish = undefined;
    const apply = (batch: readonly TenantOutcome[]) => {
      const ids = batch.map(({ outcome: { messageId } }) => messageId);
      applied.push(ids);
      const fault = ids.map((id) => faults.get(id)).find((found) => found !== undefined);
      if (fault !== undefined) return Promise.reject(fault);
      return ids.includes('slow') ? new Promise<void>((resolve) => (finish = resolve)) : Promise.resolve();
    };
    gathered = new GatheredOutcomes({ apply } as unknown as ApplyOutcomes);
  });
  afterEach(() => jest.useRealTimers());

  it('applies those of several partitions together, after a moment', async () => {
    const calls = [gathered.apply(outcomes('a', 'b'), signal), gathered.apply(outcomes('c'), signal)];
    expect(applied).toEqual([]);
    jest.runAllTimers();
    await Promise.all(calls);
    expect(applied).toEqual([['a', 'b', 'c']]);
  });

  it('waits for no more when there are many', async () => {
    await Promise.all([gathered.apply(many(300, 'a'), signal), gathered.apply(many(200, 'b'), signal)]);
    expect(applied.map(({ length }) => length)).toEqual([500]);
  });

  it('applies what came meanwhile when it is done with the ones before', async () => {
    const first = gathered.apply(outcomes('slow'), signal);
    jest.runAllTimers();
    const next = [gathered.apply(outcomes('a'), signal), gathered.apply(outcomes('b'), signal)];
    jest.runAllTimers();
    expect(applied).toEqual([['slow']]);
    finish!();
    await Promise.all([first, ...next]);
    expect(applied).toEqual([['slow'], ['a', 'b']]);
  });

  it('fails only the call whose outcomes can not be applied', async () => {
    faults.set('bad', new Error('a bug'));
    const calls = [gathered.apply(outcomes('bad'), signal), gathered.apply(outcomes('good'), signal)];
    const ends = Promise.allSettled(calls);
    jest.runAllTimers();
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(applied).toEqual([['bad', 'good'], ['bad'], ['good']]);
  });

  it('lets an outage pause all calls, without trying each', async () => {
    faults.set('a', new Outage('database.away', 'It is away.'));
    const calls = [gathered.apply(outcomes('a'), signal), gathered.apply(outcomes('b'), signal)];
    const ends = Promise.allSettled(calls);
    jest.runAllTimers();
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(applied).toEqual([['a', 'b']]);
  });

  it('does not wait while the bus is stopping', async () => {
    const ending = new AbortController();
    const call = gathered.apply(outcomes('a'), ending.signal);
    ending.abort();
    await call;
    await gathered.apply(outcomes('b'), ending.signal);
    expect(applied).toEqual([['a'], ['b']]);
  });
});
