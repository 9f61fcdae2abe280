import {
  InMemoryMailQueue,
  type Committed,
  type GroupCommit,
  type HeldMail,
  type InMemoryLedger,
} from '@mailrun/service-dispatcher/in-memory';
import { soundParts, type Parts } from './system.js';

type Row = ReturnType<InMemoryLedger['held']>;
type States = HeldMail extends never ? never : Parameters<InMemoryLedger['held']>[1];

/** The ledger with one of its guards gone; the tables are the same. */
const spoiltLedger = (ledger: InMemoryLedger, changes: Partial<InMemoryLedger>): InMemoryLedger =>
  Object.assign(Object.create(ledger) as InMemoryLedger, changes);

/** Hands mails over without having marked them. */
class Unmarked extends InMemoryMailQueue {
  override async commit(work: GroupCommit): Promise<Committed> {
    const { marked: _, ...committed } = await super.commit({ ...work, next: [] });
    return { ...committed, marked: new Set(work.next.map(({ messageId, copy }) => `${messageId}.${copy}`)) };
  }
}

/** Marks what is claimed, long before it is sent. */
class MarkedAhead extends InMemoryMailQueue {
  override async claim(...given: Parameters<InMemoryMailQueue['claim']>) {
    const claimed = await super.claim(...given);
    await this.commit({ finished: [], next: claimed, told: [] });
    return claimed;
  }
}

/** Each of them breaks one thing on which the guarantee rests. */
export const mutations = {
  'skip the transmitting commit': { ...soundParts, queueOf: (ledger) => new Unmarked(ledger) },
  'mark ahead': { ...soundParts, queueOf: (ledger) => new MarkedAhead(ledger) },
  'drop the fencing token': {
    ...soundParts,
    queueOf: (ledger) =>
      new InMemoryMailQueue(
        spoiltLedger(ledger, {
          held: (mail: HeldMail, ...states: States[]): Row => {
            const row = ledger.rows.get(`${mail.messageId}.${mail.copy}`);
            return row && states.includes(row.state) ? row : undefined;
          },
        }),
      ),
  },
  'forget the outbox': {
    ...soundParts,
    queueOf: (ledger) => new InMemoryMailQueue(spoiltLedger(ledger, { tell: () => undefined })),
  },
  'ignore the gate': {
    ...soundParts,
    queueOf: (ledger) => new InMemoryMailQueue(spoiltLedger(ledger, { isBlocked: () => false })),
  },
  'commit offsets first': { ...soundParts, commitsFirst: true },
} satisfies Record<string, Parts>;
