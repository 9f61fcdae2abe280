import type { ServerReply, Transmission } from './conversation.js';
import type { MailRecipient } from './mail.js';
import { settleAttempt } from './settle-attempt.js';
import { verdictOf } from './verdicts.js';
import { claimedMail, recipientsTo } from '../testing/claimed-mail.builder.js';

const reply = (smtpCode: number, enhancedCode?: string, text = 'text'): ServerReply => ({
  smtpCode,
  text,
  ...(enhancedCode === undefined ? {} : { enhancedCode }),
});
const accepted = (refused: { address: string; reply: ServerReply }[] = []): Transmission => ({
  ended: 'accepted',
  reply: reply(250, '2.0.0'),
  refused,
});
const broken = (stage: 'mail' | 'content' | 'after-dot'): Transmission => ({
  ended: 'broken',
  stage,
  cause: 'connection-lost',
  detail: 'Connection closed unexpectedly',
  refused: [],
});
const refused = (stage: 'mail' | 'rcpt' | 'after-dot', said: ServerReply): Transmission => ({
  ended: 'refused',
  stage,
  reply: said,
  refused: [],
});
const unknownUser = reply(550, '5.1.1', 'unknown user');
const greylisted = reply(450, '4.2.0', 'greylisted');

describe('a mail to one recipient', () => {
  const settle = (transmission: Transmission, changes = {}) =>
    settleAttempt(claimedMail(changes), transmission, 0.5);

  it('is sent when the server took it, and its recipient needs no state of its own', () => {
    expect(settle(accepted())).toMatchObject({
      state: 'sent',
      attemptState: 'sent',
      reply: { code: 'smtp.accepted', smtpCode: 250, stage: 'after-dot' },
      recipients: [],
      server: { kind: 'well' },
    });
  });

  it('is tried again, later each time, when the server says not now', () => {
    const delays = [0, 1, 2, 3, 4, 5, 9].map(
      (retries) => settle(refused('after-dot', reply(451)), { retries }).delayMs / 60_000,
    );
    expect(delays).toEqual([1, 5, 15, 30, 60, 60, 60]);
    expect(settle(refused('after-dot', reply(451)))).toMatchObject({ state: 'deferred', counts: true });
  });

  it('fails when the server refuses it for good', () => {
    expect(settle(refused('after-dot', reply(554, '5.7.1', 'spam')))).toMatchObject({
      state: 'failed',
      reply: { code: 'smtp.refused', serverText: 'spam' },
    });
  });

  it('is uncertain when nothing was heard after the dot, and held', () => {
    expect(settle(broken('after-dot'))).toMatchObject({
      state: 'uncertain',
      attemptState: 'uncertain',
      reply: { code: 'smtp.outcome-unknown' },
      recipients: [],
    });
  });

  it('is repeated when nothing was heard after the dot and the policy says so; the attempt stays uncertain', () => {
    expect(settle(broken('after-dot'), { inDoubtPolicy: 'repeat' })).toMatchObject({
      state: 'deferred',
      attemptState: 'uncertain',
      delayMs: 60_000,
      recipients: [],
    });
  });

  it('is never failed for its age when its outcome is unknown', () => {
    const sinceFirstTryMs = 73 * 3_600_000;
    expect(settle(broken('after-dot'), { inDoubtPolicy: 'repeat', sinceFirstTryMs })).toMatchObject({
      state: 'uncertain',
    });
  });

  it('goes again at once, uncounted, when the connection was gone before it began', () => {
    expect(settle(broken('mail'))).toMatchObject({
      state: 'deferred',
      counts: false,
      server: { kind: 'unwell' },
    });
  });

  it('counts an attempt that broke in its content', () => {
    expect(settle(broken('content'))).toMatchObject({ state: 'deferred', counts: true, delayMs: 60_000 });
  });

  it('is not blamed for a server that closes', () => {
    expect(settle(refused('mail', reply(421, '4.3.2')))).toMatchObject({
      state: 'deferred',
      counts: false,
      server: { kind: 'unwell', reply: { code: 'smtp.server-unavailable' } },
    });
  });

  it('is not blamed for refused credentials', () => {
    expect(settle(refused('mail', reply(530, '5.7.0')))).toMatchObject({
      state: 'deferred',
      counts: false,
      server: { kind: 'credentials-refused' },
    });
  });

  it('is put off, not failed, when the sender is refused', () => {
    expect(settle(refused('rcpt', reply(550, '5.1.8', 'Sender address rejected')))).toMatchObject({
      state: 'deferred',
      reply: { code: 'smtp.sender-refused' },
      counts: false,
    });
  });

  it('is given up after three days', () => {
    expect(settle(refused('after-dot', reply(451)), { sinceFirstTryMs: 72 * 3_600_000 })).toMatchObject({
      state: 'failed',
      attemptState: 'deferred',
      reply: { code: 'smtp.gave-up', smtpCode: 451 },
    });
  });

  it('is given up after the time that its definition says', () => {
    const changes = { sinceFirstTryMs: 3.5 * 3_600_000, giveUpAfterMs: 4 * 3_600_000 };
    expect(settle(refused('after-dot', reply(451)), changes).state).toBe('deferred');
    expect(settle(refused('after-dot', reply(451)), { ...changes, retries: 9 }).state).toBe('failed');
  });

  it.each([
    ['a server that is away', refused('mail', reply(421, '4.3.2'))],
    ['a server that does not let us in', refused('mail', reply(530, '5.7.0'))],
    ['a refused sender', refused('rcpt', reply(550, '5.1.8', 'Sender address rejected'))],
    ['a denied relay', refused('rcpt', reply(554, '5.7.1', 'Relay access denied'))],
    ['a connection that was lost before it began', broken('mail')],
  ])('is never given up, and never fails, for %s', (_, transmission) => {
    expect(settle(transmission, { sinceFirstTryMs: 1_000 * 3_600_000 })).toMatchObject({
      state: 'deferred',
      counts: false,
      recipients: [],
    });
  });

  it('waits a minute when its sender is refused, however often, so that it goes on soon after the run does', () => {
    const sender = refused('mail', reply(550, '5.7.1', 'sender rejected'));
    expect(settle(sender, { retries: 7 })).toMatchObject({
      delayMs: 60_000,
      reply: { code: 'smtp.sender-refused' },
    });
  });

  it('means what the server’s own rules say', () => {
    const rule = { smtp: ['451'], text: ['quota'], verdict: verdictOf('recipient', true) };
    const result = settleAttempt(claimedMail(), refused('rcpt', reply(451, undefined, 'Over Quota')), 0.5, [
      rule,
    ]);
    expect(result).toMatchObject({ state: 'failed', reply: { code: 'smtp.recipient-refused' } });
  });

  it('ends when its sealed bytes are lost', () => {
    const lost: Transmission = {
      ended: 'broken',
      stage: 'content',
      cause: 'sealed-mail',
      detail: 'gone',
      refused: [],
    };
    expect(settle(lost)).toMatchObject({
      state: 'failed',
      reply: { code: 'sealed-mail-lost' },
      server: { kind: 'well' },
    });
    // Someone may have it: another copy would be one too many.
    expect(settle(lost, { mayHaveLeft: true, inDoubtPolicy: 'repeat' })).toMatchObject({
      state: 'uncertain',
      reply: { code: 'sealed-mail-lost' },
      recipients: [],
    });
  });

  it('tells that the server wants fewer mails', () => {
    expect(settle(refused('rcpt', reply(451, '4.7.28', 'unusual rate'))).server.kind).toBe('slow-down');
  });
});

describe('a mail to several recipients', () => {
  const recipients = recipientsTo('a@y.test', 'b@y.test', 'c@y.test');

  it('is partly sent when some are refused for good', () => {
    const result = settleAttempt(
      claimedMail({ recipients }),
      accepted([{ address: 'b@y.test', reply: unknownUser }]),
      0.5,
    );
    expect(result).toMatchObject({
      state: 'partly-sent',
      reply: { code: 'smtp.recipient-refused' },
      recipients: [{ position: 1, own: { state: 'refused', reply: { smtpCode: 550 } } }],
    });
  });

  it('is deferred while one is put off, and keeps who has it', () => {
    const result = settleAttempt(
      claimedMail({ recipients }),
      accepted([{ address: 'b@y.test', reply: greylisted }]),
      0.5,
    );
    expect(result).toMatchObject({
      state: 'deferred',
      reply: { code: 'smtp.try-later' },
      recipients: [
        { position: 0, own: { state: 'accepted' } },
        { position: 2, own: { state: 'accepted' } },
      ],
    });
  });

  it('is sent when the last open one is taken', () => {
    const known: MailRecipient[] = [
      { ...recipients[0]!, own: { state: 'accepted' } },
      recipients[1]!,
      { ...recipients[2]!, own: { state: 'accepted' } },
    ];
    expect(settleAttempt(claimedMail({ recipients: known }), accepted(), 0.5)).toMatchObject({
      state: 'sent',
      recipients: [],
    });
  });

  it('is uncertain for those whose answer was lost, refused for the others', () => {
    const result = settleAttempt(
      claimedMail({ recipients }),
      { ...broken('after-dot'), refused: [{ address: 'b@y.test', reply: unknownUser }] } as Transmission,
      0.5,
    );
    expect(result).toMatchObject({
      state: 'uncertain',
      recipients: [{ position: 1, own: { state: 'refused' } }],
    });
  });

  it('is judged by its addresses of kind to and cc only', () => {
    const withBcc: MailRecipient[] = [recipients[0]!, { ...recipients[1]!, kind: 'bcc' }];
    const bccRefused = accepted([{ address: 'b@y.test', reply: greylisted }]);
    expect(settleAttempt(claimedMail({ recipients: withBcc }), bccRefused, 0.5)).toMatchObject({
      state: 'sent',
      recipients: [{ position: 1, own: { state: 'refused', reply: { smtpCode: 450 } } }],
    });
    const toRefused = accepted([{ address: 'a@y.test', reply: unknownUser }]);
    expect(settleAttempt(claimedMail({ recipients: withBcc }), toRefused, 0.5)).toMatchObject({
      state: 'failed',
      recipients: [{ position: 1, own: { state: 'accepted' } }],
    });
  });

  it('goes on at once with the others when the server takes only so many at a time', () => {
    const full = reply(452, '4.5.3', 'Too many recipients');
    const some = accepted([{ address: 'c@y.test', reply: full }]);
    expect(settleAttempt(claimedMail({ recipients }), some, 0)).toMatchObject({
      state: 'deferred',
      counts: false,
      delayMs: 1_000,
      recipients: [
        { position: 0, own: { state: 'accepted' } },
        { position: 1, own: { state: 'accepted' } },
      ],
    });
    const none = refused('rcpt', full);
    expect(settleAttempt(claimedMail({ recipients }), none, 0.5)).toMatchObject({
      counts: true,
      delayMs: 60_000,
    });
  });

  it('books a fault of the server on none of them, also when another is refused', () => {
    const result = settleAttempt(
      claimedMail({ recipients }),
      {
        ...refused('rcpt', reply(554, '5.7.1', 'Relay access denied')),
        refused: [{ address: 'a@y.test', reply: unknownUser }],
      } as Transmission,
      0.5,
    );
    expect(result).toMatchObject({
      state: 'deferred',
      recipients: [{ position: 0, own: { state: 'refused' } }],
      server: { kind: 'credentials-refused' },
    });
  });

  it('names only those that are open to the next conversation', () => {
    const known: MailRecipient[] = [{ ...recipients[0]!, own: { state: 'accepted' } }, recipients[1]!];
    const result = settleAttempt(claimedMail({ recipients: known }), refused('after-dot', reply(554)), 0.5);
    expect(result).toMatchObject({
      state: 'partly-sent',
      recipients: [{ position: 1, own: { state: 'refused' } }],
    });
  });
});
