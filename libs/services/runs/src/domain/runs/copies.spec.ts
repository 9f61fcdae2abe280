import { busExamples, type MessageOutcome } from '@mailrun/contracts';
import { addressesReached, applyToEarlierCopy, earlierStateOf, isLostMail, stateOfCopies } from './copies.js';

const outcome = (change: Partial<MessageOutcome>): MessageOutcome => ({
  ...(busExamples.outcomeSent as MessageOutcome),
  reply: undefined as never,
  ...change,
});

describe('the copies of a message', () => {
  it('come to the best of those before the newest one', () => {
    expect(earlierStateOf(['failed', 'stopped'])).toBeNull();
    expect(earlierStateOf(['failed', 'partly-sent'])).toBe('partly-sent');
    expect(earlierStateOf(['partly-sent', 'uncertain'])).toBe('uncertain');
    expect(earlierStateOf(['uncertain', 'sent', 'failed'])).toBe('sent');
  });

  it('leave the state to the newest one while it is under way, and when it comes to more', () => {
    for (const state of ['pending', 'queued', 'accepted', 'deferred', 'uncertain', 'sent'] as const) {
      expect(stateOfCopies({ state, reason: null }, 'sent', true)).toMatchObject({ state, own: null });
    }
  });

  it('change by news of an earlier one only with a greater revision', () => {
    const known = { copy: 1, revision: 4, state: 'uncertain', reason: 'smtp.outcome-unknown' } as const;
    expect(applyToEarlierCopy(known, outcome({ copy: 1, revision: 4 }))).toBeUndefined();
    expect(applyToEarlierCopy(known, outcome({ copy: 2, revision: 9 }))).toBeUndefined();
    expect(applyToEarlierCopy(known, outcome({ copy: 1, revision: 5 }))).toEqual({
      copy: 1,
      revision: 5,
      state: 'sent',
      reason: null,
    });
  });

  it('are followed by another by themselves when the sealed mail was lost, but not for ever', () => {
    const lost = outcome({ state: 'failed', copy: 1, reply: { code: 'sealed-mail-lost' } });
    expect(isLostMail(lost)).toBe(true);
    expect(isLostMail({ ...lost, state: 'partly-sent' })).toBe(true);
    expect(isLostMail({ ...lost, copy: 5 })).toBe(false);
    expect(isLostMail({ ...lost, state: 'uncertain' })).toBe(false);
    expect(isLostMail({ ...lost, reply: { code: 'smtp.refused' } })).toBe(false);
  });

  it('name whom a retry leaves out', () => {
    const recipients = [
      { kind: 'to' as const, address: 'Reached@example.com', state: 'accepted' as const },
      { kind: 'to' as const, address: 'refused@example.com', state: 'refused' as const },
    ];
    expect(addressesReached(outcome({ state: 'partly-sent', copy: 1, recipients }), 1)).toEqual([
      'reached@example.com',
    ]);
    expect(addressesReached(outcome({ state: 'sent', copy: 1, recipients: [recipients[0]!] }), 1)).toEqual(
      [],
    );
  });
});
