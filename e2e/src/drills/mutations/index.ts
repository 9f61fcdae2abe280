import type { Mutation } from './mutation.js';
import { forgetsOutbox, ignoresRevisions, neverAsks } from './outcomes.js';
import { forgetsTransmitting, ignoresLeases, unmarked } from './queue.js';
import { commitsOffsetsFirst } from './records.js';
import { ignoresGates, ignoresHashes } from './what-may-leave.js';

/** Those that are played with every whole test run. */
export const quickMutations: readonly Mutation[] = [unmarked, ignoresLeases, ignoresHashes];

/** Each takes one means away by which a guarantee is kept. */
export const mutations: readonly Mutation[] = [
  ...quickMutations,
  forgetsTransmitting,
  ignoresGates,
  commitsOffsetsFirst,
  forgetsOutbox,
  ignoresRevisions,
  neverAsks,
];
