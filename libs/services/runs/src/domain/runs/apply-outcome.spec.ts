import { busExamples, type MessageOutcome } from '@mailrun/contracts';
import { applyOutcome, type KnownMessage } from './apply-outcome.js';
import { freesItsInvoices, isOpen } from './message-state.js';

const message: KnownMessage = {
  id: busExamples.outcomeSent.messageId,
  copy: 1,
  revision: 0,
  state: 'queued',
  hasAccepted: false,
  earlierState: null,
};
const outcome = (change: Partial<MessageOutcome>): MessageOutcome => ({
  ...(busExamples.outcomeSent as MessageOutcome),
  ...change,
});

describe('an outcome', () => {
  it('changes the message when its revision is greater', () => {
    expect(applyOutcome(message, outcome({ revision: 3 }))).toEqual({
      state: 'sent',
      reason: null,
      own: null,
      revision: 3,
      hasAccepted: true,
    });
  });

  it('is no news when its revision was applied, when it is of another copy, and before the message was fed', () => {
    expect(applyOutcome({ ...message, revision: 3 }, outcome({ revision: 3 }))).toBeUndefined();
    expect(applyOutcome({ ...message, revision: 4 }, outcome({ revision: 3 }))).toBeUndefined();
    expect(applyOutcome({ ...message, copy: 2 }, outcome({ copy: 1, revision: 9 }))).toBeUndefined();
    expect(applyOutcome({ ...message, state: 'pending' }, outcome({}))).toBeUndefined();
  });

  it('leaves a message partly sent when an earlier copy reached someone and a later one fails', () => {
    const failed = outcome({ copy: 2, state: 'failed', recipients: [], reply: { code: 'smtp.refused' } });
    expect(applyOutcome({ ...message, copy: 2, hasAccepted: true }, failed)).toMatchObject({
      state: 'partly-sent',
      reason: 'smtp.refused',
      own: { state: 'failed', reason: 'smtp.refused' },
    });
  });

  it('leaves a message sent when an earlier copy was sent, whatever becomes of a later one', () => {
    const sent = { ...message, copy: 2, hasAccepted: true, earlierState: 'sent' as const };
    for (const state of ['failed', 'stopped', 'partly-sent'] as const) {
      expect(applyOutcome(sent, outcome({ copy: 2, state, recipients: [] }))).toMatchObject({
        state: 'sent',
        reason: null,
        own: { state },
      });
    }
    expect(applyOutcome(sent, outcome({ copy: 2, state: 'uncertain' }))).toMatchObject({
      state: 'uncertain',
    });
  });

  it('does not call failed what an earlier copy may have brought', () => {
    const unsure = { ...message, copy: 2, earlierState: 'uncertain' as const };
    const failed = outcome({ copy: 2, state: 'failed', recipients: [], reply: { code: 'smtp.refused' } });
    expect(applyOutcome(unsure, failed)).toMatchObject({ state: 'uncertain', reason: null });
  });

  it('leaves a message partly sent when it is stopped after some were reached, whatever was heard before', () => {
    const stopped = (kind: 'to' | 'bcc') =>
      outcome({
        state: 'stopped',
        revision: 3,
        recipients: [
          { kind, address: 'a@y.test', state: 'accepted' },
          { kind: 'to', address: 'b@y.test', state: 'stopped' },
        ],
      });
    expect(applyOutcome(message, stopped('to'))).toMatchObject({ state: 'partly-sent', hasAccepted: true });
    expect(applyOutcome(message, stopped('bcc'))).toMatchObject({ state: 'stopped', hasAccepted: true });
  });

  it('frees the invoices only of what failed or was stopped without reaching anyone', () => {
    expect(freesItsInvoices('failed', false)).toBe(true);
    expect(freesItsInvoices('stopped', false)).toBe(true);
    expect(freesItsInvoices('failed', true)).toBe(false);
    expect(freesItsInvoices('uncertain', false)).toBe(false);
  });

  it('does not hold a run open while it is uncertain: that waits for a person', () => {
    expect(isOpen('uncertain')).toBe(false);
    expect(isOpen('deferred')).toBe(true);
    expect(isOpen('skipped')).toBe(false);
  });
});
