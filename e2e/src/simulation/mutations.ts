import {
  InMemoryMailQueue,
  InMemoryRestoredMails,
  keyOfMail,
  type ClaimedMail,
  type Committed,
  type GroupCommit,
  type HeldMail,
  type InMemoryLedger,
  type MailQueue,
  type MailState,
  type Recovered,
} from '@mailrun/service-dispatcher/in-memory';
import {
  InMemoryFeedStore,
  InMemoryOutcomeStore,
  InMemoryRunStore,
  InMemoryStores,
} from '@mailrun/service-runs/in-memory';
import { SimulatedMarks } from './epoch-marks.js';
import { forgottenDecision } from './forgotten-decision.schedule.js';
import type { MailRow } from './invariants/rule.js';
import type { Scenario } from './scenario.js';
import type { Schedule } from './simulation.js';
import { soundParts, type Parts } from './system.js';

/** One thing on which the guarantee rests, taken away. */
export interface Mutation {
  readonly parts: Parts;
  /** The rules of which one must notice. */
  readonly breaks: readonly string[];
  /** Where it shows soonest. */
  readonly scenario?: Partial<Scenario>;
  /** In place of random ones. */
  readonly schedule?: Schedule;
}

const withQueue = (queueOf: (ledger: InMemoryLedger) => MailQueue): Parts => ({ ...soundParts, queueOf });

/** The same tables with one of their guards gone. */
const spoilt = (ledger: InMemoryLedger, changes: Partial<InMemoryLedger>): InMemoryLedger =>
  Object.assign(Object.create(ledger) as InMemoryLedger, changes);

/** Hands mails over without having marked them. */
class Unmarked extends InMemoryMailQueue {
  override async commit(work: GroupCommit): Promise<Committed> {
    const committed = await super.commit({ ...work, next: [] });
    return { ...committed, marked: new Set(work.next.map(markOf)) };
  }
}

/** Marks what is claimed, long before it is sent. */
class MarkedAhead extends InMemoryMailQueue {
  override async claim(...given: Parameters<InMemoryMailQueue['claim']>): Promise<ClaimedMail[]> {
    const claimed = await super.claim(...given);
    await this.commit({ finished: [], next: claimed, told: [] });
    return claimed;
  }
}

/** Takes what was begun and not settled for what was never begun. */
class Forgetful extends InMemoryMailQueue {
  constructor(private readonly rows: InMemoryLedger) {
    super(rows);
  }

  override async recover(repeatAfterMs: number): Promise<Recovered> {
    for (const row of this.rows.rows.values()) if (row.state === 'transmitting') row.state = 'claimed';
    return super.recover(repeatAfterMs);
  }
}

/** Lets the leases of what it has in its hands end. */
class Negligent extends InMemoryMailQueue {
  override async renew(): Promise<void> {}
}

/** Keeps what it claimed and did not begin. */
class Keeping extends InMemoryMailQueue {
  override async giveBack(): Promise<void> {}
}

/** Forgets that the end of an attempt is unknown. */
class Careless extends InMemoryMailQueue {
  override async claim(...given: Parameters<InMemoryMailQueue['claim']>): Promise<ClaimedMail[]> {
    return (await super.claim(...given)).map((mail) => ({ ...mail, mayHaveLeft: false }));
  }
}

/** Feeds all, however many were asked for. */
class Unlimited extends InMemoryRunStore {
  override limitFeeding(
    ...[tx, run]: Parameters<InMemoryRunStore['limitFeeding']>
  ): ReturnType<InMemoryRunStore['limitFeeding']> {
    return super.limitFeeding(tx, run, null);
  }
}

/** Knows nothing of what is kept outside of the database. */
class Unmarking extends SimulatedMarks {
  override async newest(): Promise<number> {
    return 0;
  }
}

/** Takes what may have left before a restore for what has not. */
class Trusting extends InMemoryRestoredMails {
  override async makeUncertain(): Promise<number> {
    return 0;
  }
}

/** Takes in what comes by records from before a restore. */
class Receptive extends InMemoryRestoredMails {
  override async distrustRounds(): Promise<void> {}
}

/** Does not say again what was uncertain already when the backup was made. */
class Taciturn extends InMemoryRestoredMails {
  override async tellAgain(): Promise<void> {}
}

/** Goes by a run as it was before it was locked. */
class Hasty extends InMemoryRunStore {
  override async lock(...given: Parameters<InMemoryRunStore['lock']>): ReturnType<InMemoryRunStore['lock']> {
    const run = await this.find(...given);
    await super.lock(...given);
    return run;
  }
}

class StoresWith extends InMemoryStores {
  constructor(
    given: ConstructorParameters<typeof InMemoryStores>,
    change: (stores: InMemoryStores) => Partial<InMemoryStores>,
  ) {
    super(...given);
    Object.assign(this, change(this));
  }
}

const withStores = (
  change: (
    stores: InMemoryStores,
    settings: ConstructorParameters<typeof InMemoryStores>[1]['settings'],
  ) => Partial<InMemoryStores>,
): Parts => ({
  ...soundParts,
  storesOf: (...given) => new StoresWith(given, (stores) => change(stores, given[1].settings)),
});

/** Takes every outcome for news. */
class Unordered extends InMemoryOutcomeStore {
  override inBatch<Result>(...[keys, work]: Parameters<InMemoryOutcomeStore['inBatch']>): Promise<Result> {
    return super.inBatch(keys, (batch) => {
      const messages = [...batch.messages].map(([id, message]) => [id, { ...message, revision: 0 }] as const);
      return work({ ...batch, messages: new Map(messages) }) as Promise<Result>;
    });
  }
}

/** Sends invoices that another run has. */
class Unclaimed extends InMemoryFeedStore {
  override withRun<Result>(
    ...[run, work]: Parameters<InMemoryFeedStore['withRun']>
  ): Promise<Result | undefined> {
    return super.withRun(run, (feeding) => {
      const unclaimed = Object.create(feeding) as typeof feeding;
      unclaimed.claim = async (claims) => claims.map(() => null);
      return work(unclaimed) as Promise<Result>;
    });
  }
}

/** Takes the process's clock for the database's. */
export const ownClock: Parts = {
  ...soundParts,
  storesOf: (tables, given) =>
    new InMemoryStores(
      Object.assign(Object.create(tables) as typeof tables, { now: () => Date.now() }),
      given,
    ),
};

const markOf = (mail: ClaimedMail): string => keyOfMail(mail);

export const mutations: Readonly<Record<string, Mutation>> = {
  'skips the transmitting commit': {
    parts: withQueue((ledger) => new Unmarked(ledger)),
    breaks: ['MarkedFirst'],
  },
  'marks ahead': {
    parts: withQueue((ledger) => new MarkedAhead(ledger)),
    breaks: ['MarkedFirst'],
    scenario: { runs: [3] },
  },
  'drops the fencing token': {
    parts: withQueue(
      (ledger) =>
        new InMemoryMailQueue(
          spoilt(ledger, {
            held: (mail: HeldMail, ...states: MailState[]): MailRow | undefined => {
              const row = ledger.rows.get(keyOfMail(mail));
              return row && states.includes(row.state) ? row : undefined;
            },
          }),
        ),
    ),
    breaks: ['MarkedFirst', 'SentOnce', 'FinalStays'],
    scenario: { runs: [1], faults: ['pauses'], acts: false, restlessness: 0.1, steps: 180 },
  },
  'forgets what was transmitting': {
    parts: withQueue((ledger) => new Forgetful(ledger)),
    breaks: ['SentOnce'],
    scenario: { faults: ['crashes', 'time'], acts: false },
  },
  'forgets the outbox': {
    parts: withQueue((ledger) => new InMemoryMailQueue(spoilt(ledger, { tell: () => undefined }))),
    breaks: ['OutcomesLeave'],
  },
  'ignores the gate': {
    parts: withQueue((ledger) => new InMemoryMailQueue(spoilt(ledger, { isBlocked: () => false }))),
    breaks: ['GatesHold'],
    scenario: { acts: true },
  },
  'ignores revisions': {
    parts: withStores(({ database, work }, settings) => ({
      outcomes: new Unordered(database, work, settings),
    })),
    breaks: ['FinalStays'],
    scenario: { faults: ['replays', 'disorder'] },
  },
  'feeds without claims': {
    parts: withStores(({ database, work }) => ({ feeds: new Unclaimed(database, work) })),
    breaks: ['OneMessageForAnInvoice'],
    scenario: { runs: [2, 2] },
  },
  'lets leases end': {
    parts: withQueue((ledger) => new Negligent(ledger)),
    breaks: ['LeasesAreKept'],
    scenario: { faults: ['slowness'] },
  },
  'gives nothing back when it ends': {
    parts: withQueue((ledger) => new Keeping(ledger)),
    breaks: ['EndsCleanly'],
    scenario: { runs: [3], faults: ['restarts'] },
  },
  'makes another copy of what may have left': {
    parts: withQueue((ledger) => new Careless(ledger)),
    breaks: ['SentOnce'],
    scenario: { policy: 'repeat', faults: ['unknown ends', 'lost bytes'], acts: false },
  },
  'ignores holds': {
    parts: withQueue((ledger) => new InMemoryMailQueue(spoilt(ledger, { isHeld: () => false }))),
    breaks: ['HoldsHold'],
    scenario: { commands: true },
  },
  'ignores modes': {
    parts: withQueue((ledger) => new InMemoryMailQueue(spoilt(ledger, { fits: () => true }))),
    breaks: ['ModesHold'],
    scenario: { commands: true },
  },
  'feeds more than it was asked to': {
    parts: withStores(() => ({ runs: new Unlimited() })),
    breaks: ['FedAsAsked'],
    scenario: { runs: [3], firstMessages: 1 },
  },
  'lets two people act at once': {
    parts: withStores(() => ({ runs: new Hasty() })),
    // Two starts open the first round twice.
    breaks: ['ActsTakeTurns', 'no bug'],
    scenario: { acts: true, restlessness: 0.25 },
  },
  'does not notice that its database was restored': {
    parts: { ...soundParts, marksOf: () => new Unmarking() },
    breaks: ['HoldsHold'],
    scenario: { restores: true, restlessness: 0.25 },
  },
  'sends again what may have left before a restore': {
    parts: { ...soundParts, restoredMailsOf: (ledger) => new Trusting(ledger) },
    breaks: ['SentOnce'],
    scenario: { restores: true, restlessness: 0.25 },
  },
  'takes in what comes from before a restore': {
    parts: { ...soundParts, restoredMailsOf: (ledger) => new Receptive(ledger) },
    breaks: ['SentOnce'],
    scenario: { restores: true, faults: ['replays', 'crashes'], restlessness: 0.25 },
  },
  'does not tell again what was uncertain before a restore': {
    parts: { ...soundParts, restoredMailsOf: (ledger) => new Taciturn(ledger) },
    breaks: ['NothingHangs'],
    schedule: forgottenDecision,
  },
  'commits offsets first': { parts: { ...soundParts, commitsFirst: true }, breaks: ['ConsumedAfterCommit'] },
};
