import { classifyReply } from './classify-reply.js';
import { conversationStages, type ConversationStage } from '@mailrun/contracts';
import type { ReplyRule } from './reply-rule.js';
import { parseServerReply } from './server-reply.js';
import { verdictOf, verdicts } from './verdicts.js';
import { realReplies } from '../testing/real-replies.js';

const classify = (stage: ConversationStage, raw: string, own?: readonly ReplyRule[]) =>
  classifyReply(stage, parseServerReply(raw)!, own);

describe('what a reply means', () => {
  describe.each(realReplies)('of $server', ({ replies }) => {
    const cases = replies.map(([stage, raw, ...decision]) => ({ stage, raw, decision }));
    it.each(cases)('at $stage: $raw', ({ stage, raw, decision: [code, scope, permanent] }) => {
      expect(classify(stage, raw)).toEqual({ code, scope, isPermanent: permanent === 'permanent' });
    });
  });

  it('has an answer to every code at every stage, and fails nothing for good on a temporary one', () => {
    for (const stage of conversationStages) {
      for (let code = 400; code < 600; code += 1) {
        for (const enhanced of ['', ` ${Math.floor(code / 100)}.7.1`, ` ${Math.floor(code / 100)}.0.0`]) {
          const verdict = classify(stage, `${code}${enhanced} text`);
          if (code < 500) expect(verdict.isPermanent).toBe(false);
          if (verdict.isPermanent) expect(['recipient', 'mail']).toContain(verdict.scope);
        }
      }
    }
  });

  it('books nothing on a customer that is said before one is named', () => {
    for (const stage of ['connect', 'greeting', 'ehlo', 'starttls', 'auth', 'mail'] as const) {
      for (const code of [421, 450, 451, 454, 500, 501, 530, 535, 550, 553, 554]) {
        expect(classify(stage, `${code} text`).scope).not.toBe('recipient');
      }
    }
  });
});

describe('rules of a server', () => {
  const spam: ReplyRule = {
    stages: ['after-dot'],
    smtp: ['55x'],
    enhanced: ['5.7.x'],
    text: ['spam', 'unsolicited'],
    verdict: verdictOf('mail', false),
  };

  it('come before the table', () => {
    expect(classify('after-dot', '554 5.7.1 Looks like SPAM to us', [spam])).toEqual(verdicts.mailTryLater);
    expect(classify('after-dot', '554 5.7.1 Looks like SPAM to us')).toEqual(verdicts.refused);
  });

  it.each([
    ['another stage', 'rcpt', '554 5.7.1 spam'],
    ['another code', 'after-dot', '540 5.7.1 spam'],
    ['another enhanced code', 'after-dot', '554 5.6.1 spam'],
    ['no enhanced code', 'after-dot', '554 spam'],
    ['another text', 'after-dot', '554 5.7.1 virus'],
  ] as const)('leave alone a reply with %s', (_, stage, raw) => {
    expect(classify(stage, raw, [spam])).toEqual(classify(stage, raw));
  });
});
