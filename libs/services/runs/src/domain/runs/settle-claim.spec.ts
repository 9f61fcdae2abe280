import { settleClaim } from './settle-claim.js';

const holder = (state: 'queued' | 'sent' | 'uncertain', messageId = 'other') => ({ messageId, state });

describe('an invoice that is held already', () => {
  it('is taken over by the message that holds it', () => {
    expect(settleClaim(holder('queued', 'mine'), 'mine', false)).toEqual({ kind: 'taken-over' });
  });

  it('is skipped, by what became of the holder', () => {
    expect(settleClaim(holder('sent'), 'mine', false)).toEqual({ kind: 'skipped', reason: 'already-sent' });
    expect(settleClaim(holder('queued'), 'mine', false)).toEqual({
      kind: 'skipped',
      reason: 'in-another-run',
    });
  });

  it('is taken over for sending again only from a holder that is final', () => {
    expect(settleClaim(holder('sent'), 'mine', true)).toEqual({ kind: 'taken-over' });
    expect(settleClaim(holder('uncertain'), 'mine', true)).toEqual({
      kind: 'skipped',
      reason: 'in-another-run',
    });
  });
});
