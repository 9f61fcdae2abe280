import type { Drill } from '../../drill.js';
import { brokerKilled } from './broker-killed.js';
import { offsetsReset } from './offsets-reset.js';
import { outcomesLost } from './outcomes-lost.js';
import { recordsRepeated } from './records-repeated.js';
import { pauseWithoutBroker, stopWithoutBroker } from './stop-without-broker.js';
import { topicsDeleted } from './topics-deleted.js';

/** Faults of the broker, and of those who operate it. */
export const kafkaDrills: readonly Drill[] = [
  brokerKilled,
  topicsDeleted,
  ...offsetsReset,
  ...recordsRepeated,
  outcomesLost,
  stopWithoutBroker,
  pauseWithoutBroker,
];
