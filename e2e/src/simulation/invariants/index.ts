import { ActsTakeTurns } from './acts-take-turns.rule.js';
import { ConsumedAfterCommit } from './consumed-after-commit.rule.js';
import { CountersEqualRows } from './counters-equal-rows.rule.js';
import { EndsCleanly } from './ends-cleanly.rule.js';
import { FedAsAsked } from './fed-as-asked.rule.js';
import { FinalStays } from './final-stays.rule.js';
import { GatesHold } from './gates-hold.rule.js';
import { HoldsHold } from './holds-hold.rule.js';
import { LeasesAreKept } from './leases-are-kept.rule.js';
import { MarkedFirst } from './marked-first.rule.js';
import { ModesHold } from './modes-hold.rule.js';
import { NothingHangs } from './nothing-hangs.rule.js';
import { OneMessageForAnInvoice } from './one-message-for-an-invoice.rule.js';
import { OutcomesLeave } from './outcomes-leave.rule.js';
import type { Rule, Scene } from './rule.js';
import { SentOnce } from './sent-once.rule.js';

export const rulesOf = (scene: Scene): Rule[] => [
  new NothingHangs(scene),
  new SentOnce(scene),
  new MarkedFirst(scene),
  new FinalStays(scene),
  new GatesHold(scene),
  new OneMessageForAnInvoice(scene),
  new CountersEqualRows(scene),
  new ConsumedAfterCommit(scene),
  new OutcomesLeave(scene),
  new EndsCleanly(scene),
  new LeasesAreKept(scene),
  new HoldsHold(scene),
  new ModesHold(scene),
  new FedAsAsked(scene),
  new ActsTakeTurns(scene),
];
