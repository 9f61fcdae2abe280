import { soundEvidence, type WritableEvidence } from '../testing/evidence.builder.js';
import * as rules from './index.js';

type Spoil = (evidence: WritableEvidence) => void;

/** What each broken rule says about the evidence. */
const faultsOf = (spoil: Spoil) => {
  const evidence = soundEvidence();
  spoil(evidence);
  return Object.entries(rules).flatMap(([name, rule]) => rule(evidence).map((fault) => `${name}: ${fault}`));
};

const run = ({ companies }: WritableEvidence) => companies[0]!.runs[0]!;
const message = (evidence: WritableEvidence) => run(evidence).messages[0]!;
const makeUncertain = (evidence: WritableEvidence) =>
  message(evidence).history.unshift({ ...message(evidence).history[0]!, status: 'uncertain' });
const mail = ({ mails }: WritableEvidence) => mails[0]!;

describe('the invariants', () => {
  it('find nothing wrong with evidence that is sound', () => {
    expect(faultsOf(() => undefined)).toEqual([]);
  });

  it('take the copies of a round that was begun, and those that replace lost mails', () => {
    const next = { messageIdHeader: null, recipients: [] };
    const faults = faultsOf((e) => {
      const [first] = message(e).copies;
      const lost = { ...first!, ...next, copy: 2, round: 2, code: 'sealed-mail-lost' };
      message(e).copies.push(lost, { ...lost, copy: 3, code: null });
    });
    expect(faults).toEqual([]);
  });

  const broken: readonly (readonly [string, Spoil, RegExp])[] = [
    ['a second result of an invoice', (e) => run(e).results.push(run(e).results[0]!), /more than one result/],
    ['an invoice that disappeared', (e) => run(e).results.pop(), /3 invoices were looked at, and 2 results/],
    ['a result without its message', (e) => (run(e).results[0]!.messageIds = []), /sent without a message/],
    ['a skipped result without a reason', (e) => (run(e).results[2]!.reason = null), /without a reason/],
    ['a result of a strange message', (e) => (run(e).results[0]!.messageIds = ['m-2']), /does not carry it/],
    ['a message left behind', (e) => (message(e).status = 'queued'), /message m-1 is queued/],
    ['a deferred message without a time', (e) => (message(e).status = 'deferred'), /m-1 is deferred/],
    [
      'a counter of invoices',
      (e) => (run(e).run.invoices[0]!.count = 3),
      /2 are sent, and the counter says 3/,
    ],
    ['a counter of messages', (e) => (run(e).run.messages = []), /2 are sent, and the counter says 0/],
    [
      'a further copy that nobody asked for',
      (e) =>
        message(e).copies.push({ ...message(e).copies[0]!, copy: 2, messageIdHeader: null, recipients: [] }),
      /copy 2 is of round 1, which nobody began for it/,
    ],
    [
      'a copy that is missing',
      (e) =>
        message(e).copies.push({ ...message(e).copies[0]!, copy: 3, messageIdHeader: null, recipients: [] }),
      /copy 3 stands where copy 2 should/,
    ],
    ['a mail that never came', (e) => e.mails.pop(), /m-2: it is sent, and the mail server received nothing/],
    ['a mail that came twice', (e) => e.mails.push(mail(e)), /m-1: copy 1 was received 2 times for c1@/],
    [
      'a mail that came twice with other bytes',
      (e) => {
        e.mails.push({ ...mail(e), received: { ...mail(e).received, sha256: 'other' } });
        makeUncertain(e);
      },
      /m-1: copy 1 did not have the same bytes/,
    ],
    [
      'a mail that came again once more than attempts ended in the dark',
      (e) => {
        e.mails.push(mail(e), mail(e));
        makeUncertain(e);
      },
      /m-1: copy 1 was received 3 times/,
    ],
    [
      'a recipient who is said to have it, and has not',
      (e) => mail(e).received.recipients.pop(),
      /c1@customers.example is accepted, and the mail server received nothing/,
    ],
    [
      'a failed message that left',
      (e) => {
        message(e).status = 'failed';
        message(e).copies[0]!.recipients[0]!.state = 'refused';
      },
      /failed, and was received for c1@customers.example all the same/,
    ],
    ['a mail of nobody', (e) => (mail(e).received.messageId = '<x@y>'), /<x@y> was received that no message/],
    [
      'an invoice in two mails',
      (e) => (message(e).invoices[0]!.code = 'I-2'),
      /I-2 by monthly left with mess/,
    ],
    [
      'a stranger in the envelope',
      (e) => mail(e).received.recipients.push('e@z.example'),
      /e@z.example is no/,
    ],
    ['a stranger in the header', (e) => mail(e).addressees.push('e@z.example'), /e@z.example is no address/],
    ['a strange sender', (e) => (mail(e).received.envelopeFrom = 'x@beta.example'), /from x@beta.example/],
    [
      'a test that reached a customer',
      (e) => (run(e).run.mode = 'test'),
      /c1@customers.example is no address/,
    ],
    ['a test without its mark', (e) => (run(e).run.mode = 'test'), /says that it is a test/],
    ['a strange subject', (e) => (mail(e).subject = '[[Beta|I-1|C-1]]'), /the subject is about .*Beta/],
    ['a body without invoice', (e) => (mail(e).bodies = ['Hello']), /a body names no invoice/],
    ['a missing document', (e) => mail(e).archive!.files!.pop(), /0 documents instead of 1/],
    [
      "another customer's document",
      (e) => (mail(e).archive!.files![0]!.content = Buffer.from('[[Alpha|I-2|C-2]]')),
      /document invoice.pdf is of .*I-2/,
    ],
    ['an archive that stays closed', (e) => (mail(e).archive!.files = undefined), /of C-1 does not open it/],
    [
      'an archive open to others',
      (e) => (mail(e).archive!.opensWithAnother = true),
      /another password opens/,
    ],
    ['a document without archive', (e) => (mail(e).archive = undefined), /1 attachments and no archive/],
    ['books in disorder', (e) => e.books.faults.push('two rows'), /booksInOrder: two rows/],
  ];
  it.each(broken)('find %s', (_, spoil, sentence) => {
    expect(faultsOf(spoil).join('\n')).toMatch(sentence);
  });

  it('allow a mail to come twice when its history tells of an unknown end', () => {
    const twice = faultsOf((evidence) => {
      evidence.mails.push(mail(evidence));
      makeUncertain(evidence);
    });
    expect(twice).toEqual([]);
  });
});
