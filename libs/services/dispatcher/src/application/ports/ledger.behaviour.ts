import type { Decision } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import type { Holds } from './holds.port.js';
import type { MailDecisions } from './mail-decisions.port.js';
import type { MailIntake, MailToAccept } from './mail-intake.port.js';
import type { FinishedAttempt, GroupCommit, MailQueue } from './mail-queue.port.js';
import type { PausedServers } from './paused-servers.port.js';
import type { OutcomeStore } from './outcome-store.port.js';
import type { RestoredMails } from './restored-mails.port.js';
import type { RunGates } from './run-gates.port.js';
import type { TenantModes } from './tenant-modes.port.js';
import type { Transmission } from '../../domain/conversation.js';
import { decideMail } from '../../domain/decide-mail.js';
import { keyOfMail, type ClaimedMail } from '../../domain/mail.js';
import { wholeInstallation } from '../../domain/hold.js';
import { settleAttempt } from '../../domain/settle-attempt.js';
import { mailToAccept, newId, type MailChanges } from '../../testing/mail-to-accept.builder.js';

/** The ports over one ledger, and what a test may do to its clock. */
export interface Ledger {
  readonly intake: MailIntake;
  readonly queue: MailQueue;
  /** The same queue in an installation that forces test mode. */
  readonly forcedQueue: MailQueue;
  readonly gates: RunGates;
  readonly modes: TenantModes;
  readonly outcomes: OutcomeStore;
  readonly decisions: MailDecisions;
  readonly holds: Holds;
  readonly paused: PausedServers;
  /** One act of a tenant. */
  act<Result>(tenantId: string, work: (tx: Transaction) => Promise<Result>): Promise<Result>;
  readonly restored: RestoredMails;
  /** As if the leases of this run's mails had ended. */
  expireLeases(runId: string): Promise<unknown>;
  /** As if the deferred mails of this run had become due. */
  makeDue(runId: string): Promise<unknown>;
}

const leaseMs = 60_000;

/** What the tables of the dispatcher promise, whoever keeps them. */
export function ledgerBehaviour(name: string, open: () => Ledger): void {
  describe(`the ledger: ${name}`, () => {
    let intake: MailIntake;
    let queue: MailQueue;
    let gates: RunGates;
    let modes: TenantModes;
    let outcomes: OutcomeStore;
    let ledger: Ledger;

    let tenantId: string;
    let runId: string;
    beforeEach(async () => {
      ledger = open();
      ({ intake, queue, gates, modes, outcomes } = ledger);
      tenantId = newId();
      runId = newId();
      await modes.put(tenantId, 'live', 1);
    });

    const mail = (changes: MailChanges = {}): MailToAccept => mailToAccept({ tenantId, runId, ...changes });
    const claim = (limit = 100, lease = leaseMs) =>
      queue.claim([{ tenantId, serverKey: 'main', runId, limit }], lease);
    const commit = (work: Partial<GroupCommit>) =>
      queue.commit({ finished: [], next: [], told: [], ...work });
    const accepted: Transmission = {
      ended: 'accepted',
      reply: { smtpCode: 250, enhancedCode: '2.0.0', text: 'queued' },
      refused: [],
    };
    const tryLater: Transmission = {
      ended: 'refused',
      stage: 'after-dot',
      reply: { smtpCode: 451, text: 'later' },
      refused: [],
    };
    const noAnswer: Transmission = {
      ended: 'broken',
      stage: 'after-dot',
      cause: 'connection-lost',
      detail: 'gone',
      refused: [],
    };
    const ended = (of: ClaimedMail, transmission: Transmission = accepted): FinishedAttempt => ({
      mail: of,
      settlement: settleAttempt(of, transmission, 0.5),
      elapsedMs: 10,
    });
    const current = async (of: { messageId: string; copy: number }) =>
      (await outcomes.current(tenantId, [of]))[0]?.outcome;
    const expireLeases = () => ledger.expireLeases(runId);

    /** Takes one mail in, claims it, and marks it transmitting. */
    async function transmitting(changes: MailChanges = {}): Promise<ClaimedMail> {
      await intake.accept([mail(changes)]);
      const [claimed] = await claim();
      const { marked } = await commit({ next: [claimed!] });
      expect(marked.has(keyOfMail(claimed!))).toBe(true);
      return claimed!;
    }

    describe('the intake', () => {
      it('enters a mail once; what comes later is answered and changes nothing', async () => {
        const first = mail();
        const [entered] = await intake.accept([first]);
        expect(entered).toMatchObject({
          tenantId,
          runId,
          outcome: { state: 'accepted', revision: 1, attempts: 0 },
        });
        const other = mail({
          messageId: first.messageId,
          sealed: { subject: 'Another', serverKey: 'other' },
        });
        const again = await intake.accept([other, first, first]);
        expect(again).toHaveLength(3);
        expect(again[0]!.outcome).toMatchObject({ state: 'accepted', revision: 1, serverKey: 'main' });
        expect((await claim()).map(({ messageId }) => messageId)).toEqual([first.messageId]);
      });

      it('answers with what became of the mail meanwhile', async () => {
        const claimed = await transmitting();
        await commit({ finished: [ended(claimed)] });
        const [answer] = await intake.accept([mail({ messageId: claimed.messageId })]);
        expect(answer!.outcome).toMatchObject({
          state: 'sent',
          revision: 2,
          attempts: 1,
          messageIdHeader: `<${claimed.messageId}.1@x.test>`,
          recipients: [{ kind: 'to', address: 'a@y.test', state: 'accepted' }],
        });
      });

      it('enters a refusal as failed, with its reason', async () => {
        const reply = { code: 'package.password-missing', detail: 'No password.', stage: 'package' };
        const [outcome] = await intake.accept([{ ...mail(), content: { kind: 'refused', reply } }]);
        expect(outcome!.outcome).toMatchObject({ state: 'failed', revision: 1, reply, recipients: [] });
      });

      it('gives the bytes of each mail back as they came', async () => {
        const sealed = (text: string) => ({
          bytes: { inline: Buffer.from(text, 'latin1') },
          sizeBytes: text.length,
        });
        const mails = [
          mail({ sealed: sealed('one\r\n') }),
          mail({ sealed: sealed('\u0000\\x \u00ff two\r\n') }),
          mail(),
        ];
        await intake.accept(mails);
        const claimed = new Map((await claim()).map((one) => [one.messageId, one]));
        for (const { messageId, content } of mails) {
          expect(claimed.get(messageId)!.bytes).toEqual(
            content.kind === 'sealed' ? content.bytes : undefined,
          );
        }
      });

      it('enters as stopped what comes for a stopped round, and takes what comes for a paused one', async () => {
        await gates.put({ tenantId, runId, round: 2, revision: 1, state: 'stopped' });
        const [early] = await intake.accept([mail({ round: 1 })]);
        expect(early!.outcome).toMatchObject({ state: 'stopped', recipients: [{ state: 'stopped' }] });
        await gates.put({ tenantId, runId, round: 3, revision: 2, state: 'paused' });
        const [late] = await intake.accept([mail({ round: 3 })]);
        expect(late!.outcome.state).toBe('accepted');
        expect(await claim()).toEqual([]);
      });

      it('enters as stopped what was fed and never came, and refuses nothing twice', async () => {
        const there = mail();
        await intake.accept([there]);
        const missing = { messageId: newId(), copy: 1 };
        const common = { tenantId, runId, round: 1, mode: 'live' } as const;
        const answers = await intake.enterEnded({ ...common, copies: [there, missing], as: 'stopped' });
        expect(answers.map(({ outcome }) => outcome.state)).toEqual(['accepted', 'stopped']);
        const [tooLate] = await intake.accept([mail({ messageId: missing.messageId })]);
        expect(tooLate!.outcome.state).toBe('stopped');
      });

      it('enters as uncertain what may have left before a restore, also in a stopped round', async () => {
        await gates.put({ tenantId, runId, round: 1, revision: 1, state: 'stopped' });
        const missing = { messageId: newId(), copy: 1 };
        const common = { tenantId, runId, round: 1, mode: 'live' } as const;
        const reply = { code: 'restored', detail: 'The database was restored.' };
        const [answer] = await intake.enterEnded({ ...common, copies: [missing], as: 'uncertain', reply });
        expect(answer!.outcome).toMatchObject({ state: 'uncertain', reply });
        // Above all that may have been said of it before the restore.
        const { revision } = answer!.outcome;
        expect(revision).toBeGreaterThan(1_000_000);
        expect((await intake.accept([mail(missing)]))[0]!.outcome).toMatchObject({
          state: 'uncertain',
          reply,
        });
        const found = await ledger.decisions.uncertain(tenantId, [{ ...missing, revision }]);
        expect(found).toMatchObject([{ bytes: undefined, recipients: [] }]);
      });

      it('holds what came by a record from before a restore, and leaves what was sent', async () => {
        const sent = await transmitting();
        await commit({ finished: [ended(sent)] });
        const late = mail();
        await intake.accept([late]);
        const common = { tenantId, runId, round: 1, mode: 'live', as: 'uncertain' } as const;
        const reply = { code: 'restored', detail: 'The database was restored.' };
        const answers = await intake.enterEnded({ ...common, copies: [sent, late], reply });
        expect(answers.map(({ outcome }) => outcome.state)).toEqual(['sent', 'uncertain']);
        expect(answers[1]!.outcome.revision).toBeGreaterThan(1_000_000);
        expect(await claim()).toEqual([]);
        // Said again, it changes nothing more.
        expect(await intake.enterEnded({ ...common, copies: [sent, late], reply })).toEqual(answers);
      });

      it('survives two batches with the same mails in another order at the same time', async () => {
        const mails = Array.from({ length: 40 }, () => mail());
        await Promise.all([intake.accept(mails), intake.accept(mails.toReversed()), intake.accept(mails)]);
        expect(await claim()).toHaveLength(40);
      });
    });

    describe('claiming', () => {
      it('takes as many as one asks for, each with its own bytes', async () => {
        await intake.accept(Array.from({ length: 300 }, () => mail()));
        for (const { messageId, bytes } of await claim(300)) {
          expect('inline' in bytes && bytes.inline.toString()).toContain(`<${messageId}.1@x.test>`);
        }
      });

      it('gives each mail to one, however many ask at the same time', async () => {
        await intake.accept(Array.from({ length: 60 }, () => mail()));
        const claims = (await Promise.all([claim(25), claim(25), claim(25), claim(25)])).flat();
        expect(claims).toHaveLength(60);
        expect(new Set(claims.map(({ messageId }) => messageId)).size).toBe(60);
      });

      it('names the runs that have due mails', async () => {
        await intake.accept([mail()]);
        const mine = async () => (await queue.waitingRuns(1000)).filter((run) => run.runId === runId);
        expect(await mine()).toEqual([{ tenantId, serverKey: 'main', runId }]);
        await claim();
        expect(await mine()).toEqual([]);
        await intake.accept([mail()]);
        expect(await mine()).toHaveLength(1);
      });

      it('takes no mail of a paused run, and takes it when the run goes on', async () => {
        await intake.accept([mail()]);
        await gates.put({ tenantId, runId, round: 1, revision: 5, state: 'paused' });
        expect(await claim()).toEqual([]);
        await gates.put({ tenantId, runId, round: 1, revision: 4, state: 'running' });
        expect(await claim()).toEqual([]);
        await gates.put({ tenantId, runId, round: 1, revision: 6, state: 'running' });
        expect(await claim()).toHaveLength(1);
      });

      it('takes no mail whose mode is not the tenant’s', async () => {
        await intake.accept([mail({ mode: 'test' })]);
        expect(await claim()).toEqual([]);
        await modes.put(tenantId, 'test', 2);
        expect(await claim()).toHaveLength(1);
      });

      it('takes only test mails where the installation forces test, or the tenant is not known', async () => {
        await intake.accept([mail()]);
        expect(
          await ledger.forcedQueue.claim([{ tenantId, serverKey: 'main', runId, limit: 10 }], leaseMs),
        ).toEqual([]);
        const stranger = mailToAccept();
        await intake.accept([stranger]);
        expect(
          await queue.claim(
            [{ tenantId: stranger.tenantId, serverKey: 'main', runId: stranger.runId, limit: 10 }],
            leaseMs,
          ),
        ).toEqual([]);
      });

      it('tells everything that a conversation needs', async () => {
        const recipients = [
          { kind: 'to' as const, address: 'a@y.test' },
          { kind: 'bcc' as const, address: 'archive@x.test' },
        ];
        const given = mail({ sealed: { recipients, inDoubtPolicy: 'repeat' }, traceparent: '00-a-b-01' });
        await intake.accept([given]);
        const [claimed] = await claim();
        expect(claimed).toMatchObject({
          tenantId,
          messageId: given.messageId,
          copy: 1,
          runId,
          round: 1,
          mode: 'live',
          serverKey: 'main',
          fromKey: 'billing',
          inDoubtPolicy: 'repeat',
          envelopeFrom: 'billing@x.test',
          traceparent: '00-a-b-01',
          attempts: 0,
          recipients: [
            { position: 0, kind: 'to', address: 'a@y.test' },
            { position: 1, kind: 'bcc', address: 'archive@x.test' },
          ],
        });
        expect(claimed).toMatchObject({ sinceFirstTryMs: 0, giveUpAfterMs: 72 * 3_600_000 });
      });
    });

    describe('the group commit', () => {
      it('writes down the last mails and marks the next ones together', async () => {
        await intake.accept([mail(), mail()]);
        const [first, second] = await claim();
        await commit({ next: [first!] });
        const { marked, settled } = await commit({ finished: [ended(first!)], next: [second!] });
        const told = settled!.outcomes;
        expect([...marked]).toEqual([keyOfMail(second!)]);
        expect(told).toHaveLength(1);
        expect(told[0]!.outcome).toEqual(await current(first!));
        expect(told[0]!.outcome).toMatchObject({ state: 'sent', attempts: 1, revision: 2 });
        expect((await current(second!))!.state).toBe('accepted');
      });

      it('puts a mail off to a later time, with its reason', async () => {
        const claimed = await transmitting();
        const before = Date.now();
        const { settled } = await commit({ finished: [ended(claimed, tryLater)] });
        const told = settled!.outcomes;
        expect(told[0]!.outcome).toMatchObject({
          state: 'deferred',
          reply: { smtpCode: 451, code: 'smtp.try-later' },
        });
        const nextTry = Date.parse(told[0]!.outcome.nextTryAt!) - before;
        expect(nextTry).toBeGreaterThan(50_000);
        expect(nextTry).toBeLessThan(120_000);
        expect(await claim()).toEqual([]);
        await ledger.makeDue(runId);
        const [again] = await claim();
        expect(again).toMatchObject({ attempts: 1, retries: 1, recipients: [{ position: 0 }] });
      });

      it('keeps who has the mail, and names the others only in the next conversation', async () => {
        const recipients = ['a@y.test', 'b@y.test'].map((address) => ({ kind: 'to' as const, address }));
        const claimed = await transmitting({ sealed: { recipients } });
        const partly: Transmission = {
          ...accepted,
          refused: [{ address: 'b@y.test', reply: { smtpCode: 450, text: 'greylisted' } }],
        };
        const { settled } = await commit({ finished: [ended(claimed, partly)] });
        const told = settled!.outcomes;
        expect(told[0]!.outcome.recipients).toMatchObject([{ state: 'accepted' }, { state: 'deferred' }]);
        await ledger.makeDue(runId);
        const [again] = await claim();
        expect(again!.recipients).toMatchObject([{ own: { state: 'accepted' } }, { address: 'b@y.test' }]);
        await commit({ next: [again!] });
        await commit({ finished: [ended(again!)] });
        expect(await current(claimed)).toMatchObject({
          state: 'sent',
          attempts: 2,
          recipients: [{ state: 'accepted' }, { state: 'accepted' }],
        });
      });

      it('marks nothing of a run that was paused or stopped after the claim', async () => {
        for (const state of ['paused', 'stopped'] as const) {
          runId = newId();
          await intake.accept([mail()]);
          const [claimed] = await claim();
          await gates.put({ tenantId, runId, round: 1, revision: 1, state });
          expect((await commit({ next: [claimed!] })).marked.size).toBe(0);
        }
      });

      it('marks nothing after the tenant’s mode changed', async () => {
        await intake.accept([mail()]);
        const [claimed] = await claim();
        await modes.put(tenantId, 'test', 7);
        expect((await commit({ next: [claimed!] })).marked.size).toBe(0);
      });

      it('marks a mail once, also when the answer of the commit was lost and it is repeated', async () => {
        await intake.accept([mail()]);
        const [claimed] = await claim();
        await commit({ next: [claimed!] });
        expect((await commit({ next: [claimed!] })).marked.size).toBe(1);
        await commit({ finished: [ended(claimed!)] });
        expect((await commit({ finished: [ended(claimed!)] })).settled).toBeUndefined();
        expect(await current(claimed!)).toMatchObject({ state: 'sent', attempts: 1 });
      });

      it('changes nothing for a process that lost its claim', async () => {
        await intake.accept([mail()]);
        const [mine] = await claim();
        await expireLeases();
        expect((await commit({ next: [mine!] })).marked.size).toBe(0);
        await queue.recover(60_000);
        const [theirs] = await claim();
        expect(theirs!.messageId).toBe(mine!.messageId);
        expect((await commit({ next: [mine!] })).marked.size).toBe(0);
        await commit({ next: [theirs!] });
        expect((await commit({ finished: [ended(mine!)] })).settled).toBeUndefined();
        expect((await current(mine!))!.state).toBe('accepted');
      });

      it('stops what would be put off in a stopped round, and keeps uncertain what may have left', async () => {
        const later = await transmitting();
        const lost = await transmitting({ sealed: { inDoubtPolicy: 'repeat' } });
        await gates.put({ tenantId, runId, round: 1, revision: 1, state: 'stopped' });
        const { settled } = await commit({
          finished: [ended(later, tryLater), ended(lost, noAnswer)],
        });
        const told = settled!.outcomes;
        expect(told.map(({ outcome }) => outcome.state).toSorted()).toEqual(['stopped', 'uncertain']);
        expect((await current(later))!.recipients[0]!.state).toBe('stopped');
      });

      it('keeps the outcomes of a commit in the outbox, as one entry, until they are told', async () => {
        await intake.accept([mail(), mail(), mail()]);
        const claimed = await claim();
        await commit({ next: claimed });
        const { settled } = await commit({ finished: claimed.map((one) => ended(one)) });
        const mine = async () =>
          (await outcomes.untold(-1000, 1000)).filter((one) => one.outcomes[0]?.tenantId === tenantId);
        const [entry, ...others] = await mine();
        expect(others).toEqual([]);
        expect(entry!.entry).toBe(settled!.entry);
        expect(new Set(entry!.outcomes)).toEqual(new Set(settled!.outcomes));
        await commit({ told: [settled!.entry] });
        expect(await mine()).toEqual([]);
      });

      it('reads no more of the outbox at once than it was asked for, but whole entries', async () => {
        await intake.accept([mail(), mail(), mail()]);
        const claimed = await claim();
        await commit({ next: claimed });
        await commit({ finished: claimed.map((one) => ended(one)) });
        const [oldest, ...others] = await outcomes.untold(-1000, 1);
        expect(oldest!.outcomes.length).toBeGreaterThan(0);
        expect(others).toEqual([]);
      });

      it('enters nothing into the outbox for attempts that are not ours any more', async () => {
        const claimed = await transmitting();
        await commit({ finished: [ended(claimed)] });
        expect((await commit({ finished: [ended(claimed)] })).settled).toBeUndefined();
      });
    });

    describe('after a crash', () => {
      it('claimed mails wait again, and exactly the transmitting ones are uncertain', async () => {
        await intake.accept(Array.from({ length: 5 }, () => mail()));
        const claimed = await claim();
        const marked = claimed.slice(0, 2);
        await commit({ next: marked });
        expect(await queue.recover(60_000)).toEqual({ returned: 0, uncertain: 0 });
        await expireLeases();
        expect(await queue.recover(60_000)).toEqual({ returned: 3, uncertain: 2 });
        const states = await Promise.all(claimed.map(async (one) => (await current(one))!.state));
        expect(states.toSorted()).toEqual(['accepted', 'accepted', 'accepted', 'uncertain', 'uncertain']);
        expect(await claim()).toHaveLength(3);
        const history = await outcomes.history(tenantId, marked[0]!.messageId);
        expect(history!.attempts).toMatchObject([
          { attempt: 1, state: 'uncertain', reply: { code: 'smtp.outcome-unknown' } },
        ]);
      });

      it('a mail of unknown outcome is repeated where the policy says so, with its attempt on record', async () => {
        const claimed = await transmitting({ sealed: { inDoubtPolicy: 'repeat' } });
        await expireLeases();
        await queue.recover(60_000);
        expect(await current(claimed)).toMatchObject({
          state: 'deferred',
          reply: { code: 'smtp.outcome-unknown' },
        });
        expect((await outcomes.history(tenantId, claimed.messageId))!.attempts).toMatchObject([
          { state: 'uncertain' },
        ]);
        await ledger.makeDue(runId);
        const [again] = await claim();
        expect([claimed.mayHaveLeft, again!.mayHaveLeft]).toEqual([false, true]);
      });

      it('a process that only slept still says how its mail ended', async () => {
        const claimed = await transmitting();
        await expireLeases();
        await queue.recover(60_000);
        expect((await current(claimed))!.state).toBe('uncertain');
        await commit({ finished: [ended(claimed)] });
        expect((await current(claimed))!.state).toBe('sent');
        expect((await outcomes.history(tenantId, claimed.messageId))!.attempts).toMatchObject([
          { state: 'sent' },
        ]);
      });

      it('leases are kept by renewing them', async () => {
        await intake.accept([mail()]);
        const claimed = await claim(1, 1);
        await queue.renew(claimed, leaseMs);
        expect(await queue.recover(60_000)).toEqual({ returned: 0, uncertain: 0 });
      });

      it('what is given back waits again, for as long as was said', async () => {
        await intake.accept([mail()]);
        const [claimed] = await claim();
        await queue.giveBack([claimed!], 0);
        const [again] = await claim();
        expect(again!.messageId).toBe(claimed!.messageId);
        await queue.giveBack([again!], 60_000);
        expect(await claim()).toEqual([]);
      });

      it('a mail is taken back that was marked and not handed over, as if it had never been marked', async () => {
        const claimed = await transmitting();
        await queue.giveBack([claimed], 0);
        expect(await current(claimed)).toMatchObject({ state: 'accepted', attempts: 0 });
        const [again] = await claim();
        expect(again).toMatchObject({ messageId: claimed.messageId, attempts: 0, mayHaveLeft: false });
        await commit({ next: [again!] });
        await commit({ finished: [ended(again!)] });
        expect((await outcomes.history(tenantId, claimed.messageId))!.attempts).toHaveLength(1);
      });

      it('nobody gives back what another one holds by now', async () => {
        const claimed = await transmitting();
        await queue.giveBack([{ ...claimed, attemptToken: newId() }], 0);
        expect(await claim()).toEqual([]);
      });
    });

    describe('stopping a run', () => {
      it('ends waiting, deferred and claimed mails, and leaves those that may have left', async () => {
        const sent = await transmitting();
        await commit({ finished: [ended(sent)] });
        const deferred = await transmitting();
        await commit({ finished: [ended(deferred, tryLater)] });
        const leaving = await transmitting();
        await intake.accept([mail()]);
        const [claimed] = await claim(1);
        const waiting = mail();
        await intake.accept([waiting]);
        const nextRound = mail({ round: 2 });
        await intake.accept([nextRound]);
        await gates.put({ tenantId, runId, round: 1, revision: 9, state: 'stopped' });
        expect(await gates.stopWaiting(1000, { tenantId, runId })).toBe(3);
        const states = await Promise.all(
          [sent, deferred, leaving, claimed!, waiting, nextRound].map(
            async (one) => (await current(one))!.state,
          ),
        );
        expect(states).toEqual(['sent', 'stopped', 'accepted', 'stopped', 'stopped', 'accepted']);
        expect(await claim()).toMatchObject([{ messageId: nextRound.messageId }]);
        expect(await gates.stopWaiting(1000, { tenantId, runId })).toBe(0);
      });

      it('is not undone by an older revision', async () => {
        await gates.put({ tenantId, runId, round: 1, revision: 3, state: 'stopped' });
        expect(await gates.put({ tenantId, runId, round: 1, revision: 2, state: 'running' })).toMatchObject({
          state: 'stopped',
          revision: 3,
        });
      });
    });

    describe('deciding about an uncertain mail', () => {
      const detail = 'By an operator: asked the customer.';

      /** A mail whose answer was lost, and its copy in that revision. */
      async function uncertain(changes: MailChanges = {}) {
        const of = await transmitting(changes);
        await commit({ finished: [ended(of, noAnswer)] });
        return { of, revision: { messageId: of.messageId, copy: of.copy, revision: 2 } };
      }
      async function decide(copy: { messageId: string; copy: number; revision: number }, decision: Decision) {
        const found = await ledger.decisions.uncertain(tenantId, [copy]);
        await ledger.decisions.decide(
          tenantId,
          found.map(({ messageId, copy: number, revision, recipients }) => ({
            messageId,
            copy: number,
            revision,
            ...decideMail(recipients, decision),
            reply: { code: `decided.${decision}`, detail },
          })),
        );
        return found;
      }

      it('treats it as sent', async () => {
        const { of, revision } = await uncertain();
        const [found] = await decide(revision, 'treat-as-sent');
        expect(found).toMatchObject({ isRoundStopped: false, bytes: { inline: expect.any(Buffer) } });
        expect(await current(of)).toMatchObject({
          state: 'sent',
          revision: 3,
          reply: { code: 'decided.treat-as-sent', detail },
          recipients: [{ address: 'a@y.test', state: 'accepted' }],
        });
        const told = (await outcomes.untold(-1000, 1000)).flatMap((one) => one.outcomes);
        expect(told.some(({ outcome }) => outcome.revision === 3)).toBe(true);
      });

      it('sends it again at once, to those who may not have it', async () => {
        const { of, revision } = await uncertain();
        await decide(revision, 'send-again');
        expect(await current(of)).toMatchObject({ state: 'deferred', revision: 3 });
        const [claimed] = await claim();
        expect(claimed).toMatchObject({ messageId: of.messageId, copy: of.copy, attempts: 1 });
        await commit({ next: [claimed!] });
        await commit({ finished: [ended(claimed!)] });
        expect(await current(of)).toMatchObject({ state: 'sent', revision: 4, attempts: 2 });
      });

      it('is done once: a second one, and one about another revision, finds nothing', async () => {
        const { of, revision } = await uncertain();
        expect(await ledger.decisions.uncertain(tenantId, [{ ...revision, revision: 1 }])).toEqual([]);
        await Promise.all([decide(revision, 'treat-as-sent'), decide(revision, 'send-again')]);
        expect(await current(of)).toMatchObject({ revision: 3 });
        expect(await decide(revision, 'send-again')).toEqual([]);
      });

      it('stands against an answer that comes after all', async () => {
        const { of, revision } = await uncertain();
        await decide(revision, 'treat-as-sent');
        await commit({ finished: [ended(of, tryLater)] });
        expect(await current(of)).toMatchObject({ state: 'sent', revision: 3 });
      });

      it('sends nothing again of a stopped round, but may treat it as sent', async () => {
        const { of, revision } = await uncertain();
        await gates.put({ tenantId, runId, round: 1, revision: 1, state: 'stopped' });
        const [found] = await decide(revision, 'send-again');
        expect(found).toMatchObject({ isRoundStopped: true });
        expect(await current(of)).toMatchObject({ state: 'uncertain', revision: 2 });
        await decide(revision, 'treat-as-sent');
        expect(await current(of)).toMatchObject({ state: 'sent', revision: 3 });
      });

      it('belongs to its tenant', async () => {
        const { revision } = await uncertain();
        expect(await ledger.decisions.uncertain(newId(), [revision])).toEqual([]);
      });
    });

    describe('a hold', () => {
      const everything = { scope: wholeInstallation, reason: 'operator', note: undefined } as const;
      afterEach(async () => {
        for (const { scope } of await ledger.holds.list()) await ledger.holds.remove(scope);
      });

      it('lets nothing be claimed and nothing be marked, of its tenant or of all, until it is released', async () => {
        await intake.accept([mail(), mail()]);
        const [claimed] = await claim(1);
        for (const scope of [tenantId, wholeInstallation]) {
          await ledger.holds.put({ ...everything, scope });
          expect(await claim()).toEqual([]);
          expect((await commit({ next: [claimed!] })).marked.size).toBe(0);
          await ledger.holds.remove(scope);
        }
        expect((await commit({ next: [claimed!] })).marked.size).toBe(1);
        expect(await claim()).toHaveLength(1);
      });

      it('keeps no other tenant back, takes mails in, and lets what was begun be written down', async () => {
        const claimed = await transmitting();
        await ledger.holds.put({ ...everything, scope: newId() });
        await intake.accept([mail()]);
        expect(await claim()).toHaveLength(1);
        await ledger.holds.put({ ...everything, scope: tenantId });
        await intake.accept([mail()]);
        await commit({ finished: [ended(claimed)] });
        expect(await current(claimed)).toMatchObject({ state: 'sent' });
      });
    });

    describe('a paused server', () => {
      const server = (serverKey = 'main') => ({ tenantId, serverKey });
      const pause = (serverKey?: string) =>
        ledger.act(tenantId, (tx) => ledger.paused.put(tx, server(serverKey)));
      const resume = () => ledger.act(tenantId, (tx) => ledger.paused.remove(tx, server()));
      const waits = async () => (await queue.waitingRuns(10_000)).filter((run) => run.runId === runId).length;

      it('gets nothing: no work is seen, nothing is claimed or marked, until it is resumed', async () => {
        await intake.accept([mail(), mail()]);
        await pause();
        expect(await waits()).toBe(0);
        await resume();
        expect(await waits()).toBe(1);
        const [claimed] = await claim(1);
        await pause();
        expect(await claim()).toEqual([]);
        expect((await commit({ next: [claimed!] })).marked.size).toBe(0);
        await resume();
        expect((await commit({ next: [claimed!] })).marked.size).toBe(1);
        expect(await claim()).toHaveLength(1);
      });

      it('takes mails in, keeps no other server and no other tenant back, and lets what was begun be written down', async () => {
        const begun = await transmitting();
        await pause();
        const other = mail({ sealed: { serverKey: 'other' } });
        const others = newId();
        await modes.put(others, 'live', 1);
        await intake.accept([mail(), other, mail({ tenantId: others, runId: others })]);
        const of = (request: { tenantId: string; serverKey: string; runId: string }) =>
          queue.claim([{ ...request, limit: 10 }], leaseMs);
        expect(await of({ tenantId, serverKey: 'other', runId })).toHaveLength(1);
        expect(await of({ tenantId: others, serverKey: 'main', runId: others })).toHaveLength(1);
        await commit({ finished: [ended(begun)] });
        expect(await current(begun)).toMatchObject({ state: 'sent', attempts: 1 });
      });

      it('says since when, whose mails wait, and whether it was paused before', async () => {
        await intake.accept([mail(), mail({ runId: newId(), sealed: { serverKey: 'other' } })]);
        expect(await resume()).toBeUndefined();
        const before = await ledger.paused.count();
        const first = await pause();
        expect(await ledger.paused.count()).toBe(before + 1);
        expect(first.wasPaused).toBe(false);
        expect(await pause()).toEqual({ since: first.since, wasPaused: true });
        expect(await ledger.paused.since(tenantId, ['main', 'other'])).toEqual(
          new Map([['main', first.since]]),
        );
        expect(await ledger.paused.waitingRuns(tenantId, [runId, newId()])).toEqual([
          { runId, serverKey: 'main' },
        ]);
        expect(await resume()).toEqual(first.since);
        expect(await ledger.paused.since(tenantId, ['main'])).toEqual(new Map());
        expect(await ledger.paused.waitingRuns(tenantId, [runId])).toEqual([]);
      });
    });

    describe('a restored database', () => {
      const reply = { code: 'restored', detail: 'The database was restored.' };
      const distrustRounds = (round: number, restoredTo = new Date(0)) =>
        ledger.restored.distrustRounds(tenantId, [{ runId, round }], reply, restoredTo);

      it('holds what comes by records of rounds that were under way before, and takes in others', async () => {
        await distrustRounds(1);
        const refused = { kind: 'refused', reply: { code: 'render.failed' } } as const;
        const old = [mail(), { ...mail(), content: refused }];
        const fresh = { ...mail(), round: 2 };
        const answers = await intake.accept([...old, fresh]);
        expect(answers.map(({ outcome }) => outcome.state)).toEqual(['uncertain', 'uncertain', 'accepted']);
        for (const { outcome } of answers.slice(0, 2)) {
          expect(outcome).toMatchObject({ reply });
          expect(outcome.revision).toBeGreaterThan(1_000_000);
          expect(await current(outcome)).toEqual(outcome);
        }
        expect(await claim()).toMatchObject([{ messageId: fresh.messageId }]);
        // Its bytes are there, should someone decide that it goes.
        const { messageId, copy, revision } = answers[0]!.outcome;
        const [found] = await ledger.decisions.uncertain(tenantId, [{ messageId, copy, revision }]);
        expect(found!.bytes).toBeDefined();
        const common = { tenantId, runId, round: 1, mode: 'live', as: 'stopped' } as const;
        const stopped = await intake.enterEnded({ ...common, copies: [{ messageId: newId(), copy: 1 }] });
        expect(stopped[0]!.outcome).toMatchObject({ state: 'uncertain', reply });
      });

      it('drops records from before of runs that the backup does not know as started, and no later ones', async () => {
        const at = (ms: number) => ({ fedAt: new Date(Date.now() + ms) });
        const known = mail();
        await intake.accept([known]);
        await ledger.restored.distrustRounds(tenantId, [], reply, new Date(0));
        const [old, later, unsaid] = [{ ...mail(), ...at(-60_000) }, { ...mail(), ...at(60_000) }, mail()];
        const answers = await intake.accept([old, later, { ...known, ...at(-60_000) }, unsaid]);
        expect(answers.map(({ outcome }) => outcome.messageId)).toEqual(
          [later, known, unsaid].map(({ messageId }) => messageId),
        );
        expect(await current(old)).toBeUndefined();
        await distrustRounds(1);
        const [held] = await intake.accept([{ ...mail(), ...at(-60_000) }]);
        expect(held!.outcome.state).toBe('uncertain');
      });

      it('holds what came and ended untried since it was restored, and nothing from before', async () => {
        const refused = { kind: 'refused', reply: { code: 'render.failed' } } as const;
        const failed = { ...mail(), content: refused };
        await intake.accept([failed]);
        await distrustRounds(1, new Date(Date.now() + 60_000));
        expect((await current(failed))!.state).toBe('failed');
        await distrustRounds(1);
        expect(await current(failed)).toMatchObject({ state: 'uncertain', reply });
      });

      it('makes uncertain what was due or in somebody’s hands, and leaves what is final or due later', async () => {
        const sent = await transmitting();
        await commit({ finished: [ended(sent)] });
        const putOff = await transmitting();
        await commit({ finished: [ended(putOff, tryLater)] });
        const begun = await transmitting();
        const waiting = mail();
        await intake.accept([waiting]);
        expect(await ledger.restored.makeUncertain([newId()], reply, 1000)).toBe(0);
        expect(await ledger.restored.makeUncertain([tenantId], reply, 1)).toBe(1);
        while ((await ledger.restored.makeUncertain([tenantId], reply, 1000)) > 0);
        for (const uncertain of [begun, waiting]) {
          const { revision, ...outcome } = (await current(uncertain))!;
          expect(outcome).toMatchObject({ state: 'uncertain', reply });
          // Whatever was said of it after the backup counts no more.
          expect(revision).toBeGreaterThan(1_000_000);
        }
        expect(await current(sent)).toMatchObject({ state: 'sent' });
        expect(await current(putOff)).toMatchObject({ state: 'deferred' });
        expect(await claim()).toEqual([]);
        // The token is gone: a process from before the restore changes nothing.
        expect((await commit({ finished: [ended(begun)] })).settled).toBeUndefined();
      });

      it('tells again, above all that was said since, what was uncertain and what is due later', async () => {
        const sent = await transmitting();
        await commit({ finished: [ended(sent)] });
        const putOff = await transmitting();
        await commit({ finished: [ended(putOff, tryLater)] });
        const unsure = await transmitting();
        await commit({ finished: [ended(unsure, noAnswer)] });
        const untold = async () =>
          (await outcomes.untold(-1, 10_000)).filter((entry) => entry.outcomes[0]!.tenantId === tenantId);
        await outcomes.forget((await untold()).map(({ entry }) => entry));
        await ledger.restored.tellAgain([tenantId], reply);
        const told = (await untold()).flatMap((entry) => entry.outcomes);
        expect(told.map(({ outcome }) => outcome.messageId).toSorted()).toEqual(
          [putOff, unsure].map(({ messageId }) => messageId).toSorted(),
        );
        const deferred = (await current(putOff))!;
        expect(deferred).toMatchObject({ state: 'deferred', nextTryAt: expect.any(String) });
        const uncertain = (await current(unsure))!;
        expect(uncertain).toMatchObject({ state: 'uncertain', reply });
        for (const { revision } of [deferred, uncertain]) expect(revision).toBeGreaterThan(1_000_000);
        // Who is said to have decided about it before the restore did not.
        const decision = { messageId: unsure.messageId, copy: 1, recipients: [], reply } as const;
        const decide = (revision: number) =>
          ledger.decisions.decide(tenantId, [{ ...decision, revision, state: 'sent' }]);
        expect(await decide(2)).toEqual([]);
        await ledger.restored.tellAgain([tenantId], reply);
        expect((await current(unsure))!.revision).toBe(uncertain.revision);
        expect(await decide(uncertain.revision)).toHaveLength(1);
      });
    });

    describe('other tenants', () => {
      it('see nothing', async () => {
        const claimed = await transmitting();
        const key = { messageId: claimed.messageId, copy: 1 };
        expect(await outcomes.current(newId(), [key])).toEqual([]);
        expect(await outcomes.history(newId(), claimed.messageId)).toBeUndefined();
      });
    });
  });
}
