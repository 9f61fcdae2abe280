import { recipientsTo } from '../testing/claimed-mail.builder.js';
import { decideMail } from './decide-mail.js';
import type { MailRecipient } from './mail.js';

const [a, b, c] = recipientsTo('a@y.test', 'b@y.test', 'c@y.test') as [
  MailRecipient,
  MailRecipient,
  MailRecipient,
];
const refused: MailRecipient = { ...b, own: { state: 'refused', reply: { code: 'smtp.recipient-refused' } } };
const putOff: MailRecipient = { ...c, own: { state: 'deferred', reply: { code: 'smtp.try-later' } } };

describe('a decision about an uncertain mail', () => {
  it('counts all whose answer was lost as reached, and needs no state of their own for it', () => {
    expect(decideMail([a, b], 'treat-as-sent')).toEqual({ state: 'sent', recipients: [] });
    expect(decideMail([], 'treat-as-sent')).toEqual({ state: 'sent', recipients: [] });
  });

  it('sends again to those whose answer was lost', () => {
    expect(decideMail([a, b], 'send-again')).toEqual({ state: 'deferred', recipients: [] });
  });

  it('leaves the refused ones refused', () => {
    expect(decideMail([a, refused], 'treat-as-sent')).toEqual({ state: 'partly-sent', recipients: [] });
    expect(decideMail([a, refused], 'send-again')).toEqual({ state: 'deferred', recipients: [] });
  });

  it('tries those again that were put off, and no one who counts as reached', () => {
    expect(decideMail([a, putOff], 'treat-as-sent')).toEqual({
      state: 'deferred',
      recipients: [{ position: 0, own: { state: 'accepted' } }],
    });
  });

  it('turns an uncertainty that was written down into what was decided', () => {
    const lost: MailRecipient = { ...a, own: { state: 'uncertain' } };
    expect(decideMail([lost], 'treat-as-sent')).toEqual({
      state: 'sent',
      recipients: [{ position: 0, own: { state: 'accepted' } }],
    });
    expect(decideMail([lost], 'send-again')).toEqual({
      state: 'deferred',
      recipients: [{ position: 0, own: { state: 'deferred' } }],
    });
  });

  it('lets a BCC that was put off end with its mail', () => {
    expect(decideMail([a, { ...putOff, kind: 'bcc' }], 'treat-as-sent')).toEqual({
      state: 'sent',
      recipients: [{ position: 2, own: { state: 'refused', reply: { code: 'smtp.try-later' } } }],
    });
  });
});
