import { Readable } from 'node:stream';
import type { CopyRef, Decision, MessageOutcome, Mode } from '@mailrun/contracts';
import { Outage, Refusal } from '@mailrun/platform-errors';
import {
  Dispatcher,
  type CopyHistory,
  type DecidedCopies,
  type DecidedCopy,
  type Gate,
} from './dispatcher.port.js';

const keyOf = ({ messageId, copy }: CopyRef) => `${messageId}.${copy}`;

/** Above all that was said before a restore. */
const restoredRevision = 1_000_000;

/** A dispatcher in memory: the first entry of a copy decides, gates with a smaller revision change nothing. */
export class FakeDispatcher extends Dispatcher {
  readonly outcomes = new Map<string, MessageOutcome>();
  readonly gates = new Map<string, Gate>();
  readonly sources = new Map<string, string>();
  /** Copies that can't be sent again, and why. */
  readonly undecidable = new Map<string, 'round-stopped' | 'sealed-mail-lost'>();
  isAway = false;

  /** The copy's next outcome, as the dispatcher would publish it. */
  settle(copy: CopyRef, change: Pick<MessageOutcome, 'state'> & Partial<MessageOutcome>): MessageOutcome {
    const known = this.outcomes.get(keyOf(copy));
    const isAccepted = change.state === 'sent';
    const outcome: MessageOutcome = {
      messageId: copy.messageId,
      copy: copy.copy,
      at: new Date().toISOString(),
      attempts: change.state === 'accepted' ? 0 : 1,
      recipients: [
        { kind: 'to', address: 'someone@example.com', state: isAccepted ? 'accepted' : 'pending' },
      ],
      revision: (known?.revision ?? 0) + 1,
      ...change,
    };
    this.outcomes.set(keyOf(copy), outcome);
    return outcome;
  }

  override async putGate(_tenantId: string, runId: string, gate: Gate): Promise<void> {
    this.assertThere();
    const key = `${runId}.${gate.round}`;
    if ((this.gates.get(key)?.revision ?? 0) < gate.revision) this.gates.set(key, gate);
  }

  override async queryOutcomes(_tenantId: string, copies: readonly CopyRef[]): Promise<MessageOutcome[]> {
    this.assertThere();
    return copies.flatMap((copy) => this.outcomes.get(keyOf(copy)) ?? []);
  }

  override async stopCopies(
    _tenantId: string,
    _run: { readonly runId: string; readonly round: number; readonly mode: Mode },
    copies: readonly CopyRef[],
  ): Promise<MessageOutcome[]> {
    this.assertThere();
    return copies.map(
      (copy) => this.outcomes.get(keyOf(copy)) ?? this.settle(copy, { state: 'stopped', attempts: 0 }),
    );
  }

  override async restoreCopies(
    _tenantId: string,
    { restoredTo }: { readonly restoredTo: string },
    copies: readonly CopyRef[],
  ): Promise<MessageOutcome[]> {
    this.assertThere();
    const reply = { code: 'restored', detail: `Restored to ${restoredTo}.` };
    return copies.map(
      (copy) =>
        this.outcomes.get(keyOf(copy)) ??
        this.settle(copy, { state: 'uncertain', attempts: 0, reply, revision: restoredRevision }),
    );
  }

  override async decideCopies(
    _tenantId: string,
    { decision, detail }: { readonly decision: Decision; readonly detail: string },
    copies: readonly DecidedCopy[],
  ): Promise<DecidedCopies> {
    this.assertThere();
    const refused: DecidedCopies['refused'] = [];
    const outcomes = copies.flatMap(({ messageId, copy, revision }) => {
      const known = this.outcomes.get(keyOf({ messageId, copy }));
      const code =
        known?.state !== 'uncertain' || known.revision !== revision
          ? ('not-uncertain' as const)
          : decision === 'send-again'
            ? this.undecidable.get(keyOf({ messageId, copy }))
            : undefined;
      if (code !== undefined) {
        refused.push({ messageId, copy, code });
        return known === undefined ? [] : [known];
      }
      const reply = { code: `decided.${decision}`, detail };
      const nextTryAt = new Date().toISOString();
      return this.settle(
        { messageId, copy },
        decision === 'treat-as-sent' ? { state: 'sent', reply } : { state: 'deferred', nextTryAt, reply },
      );
    });
    return { outcomes, refused };
  }

  override async readHistory(_tenantId: string, messageId: string): Promise<CopyHistory> {
    this.assertThere();
    const outcomes = [...this.outcomes.values()].filter((outcome) => outcome.messageId === messageId);
    if (outcomes.length > 0) return { subject: 'A subject', outcomes, attempts: [] };
    throw new Refusal(
      'not-found',
      'dispatch.message-not-found',
      'The dispatcher has no mail of this message.',
    );
  }

  override async readSource(_tenantId: string, copy: CopyRef) {
    this.assertThere();
    const source = this.sources.get(keyOf(copy));
    if (source === undefined)
      throw new Refusal('not-found', 'dispatch.no-source', 'There is no sealed mail.');
    return { stream: Readable.from([source]), sizeBytes: Buffer.byteLength(source) };
  }

  private assertThere(): void {
    if (this.isAway) throw new Outage('service.unreachable', 'The dispatcher is away.');
  }
}
