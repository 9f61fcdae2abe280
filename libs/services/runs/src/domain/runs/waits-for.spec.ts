import { waitsOf, waitsWhilePaused, type WaitingRun } from './waits-for.js';

const at = new Date('2025-06-01T14:05:00Z');
const run = (change: Partial<WaitingRun>): WaitingRun => ({
  state: 'running',
  why: null,
  messages: { pending: 5, queued: 4, accepted: 3, deferred: 2, uncertain: 1, sent: 9, failed: 1 },
  fedAgainAt: null,
  nextTryAt: at,
  expectedEndAt: null,
  beingMade: [],
  ...change,
});
const kinds = (change: Partial<WaitingRun>) =>
  Object.fromEntries(waitsOf(run(change)).map((wait) => [wait.for, wait.messages]));

describe('what a run waits for', () => {
  it('names each reason with its messages, and the earliest next try', () => {
    expect(kinds({})).toEqual({ turn: 5, sealing: 4, 'mail-server': 3, 'next-try': 2, decision: 1 });
    expect(waitsOf(run({})).find((wait) => wait.for === 'next-try')).toMatchObject({
      until: at.toISOString(),
    });
  });

  it('is the operator when it is paused, for the reason that paused it', () => {
    expect(kinds({ state: 'paused', why: 'sender-refused' })).toEqual({ resume: 14, decision: 1 });
    const [wait] = waitsOf(run({ state: 'paused', why: 'sender-refused' }));
    expect(wait).toMatchObject({ until: null, nextStep: expect.stringContaining('Correct the sender') });
  });

  it('is a decision, or the end of what had begun, when it was stopped', () => {
    expect(kinds({ state: 'stopped', messages: { accepted: 2, uncertain: 1, stopped: 9 } })).toEqual({
      stop: 2,
      decision: 1,
    });
    expect(kinds({ state: 'completed', messages: { sent: 5 } })).toEqual({});
  });

  it('is a person who resumes the message server, for what would go over it', () => {
    expect(waitsWhilePaused(waitsOf(run({})), 'main')).toMatchObject([
      { for: 'turn', messages: 5 },
      { for: 'sealing', messages: 4 },
      { for: 'decision', messages: 1 },
      { for: 'server-resume', messages: 5, until: null, nextStep: expect.stringContaining("'main'") },
    ]);
    const none = waitsOf(run({ messages: { pending: 2 } }));
    expect(waitsWhilePaused(none, 'main')).toEqual(none);
  });

  it('is the next copy while a round is begun', () => {
    const beingMade = [{ kind: 'retry-failed', isBeingMade: true }];
    expect(kinds({ beingMade, messages: { failed: 3, 'partly-sent': 1 } })).toEqual({ round: 4 });
  });
});
