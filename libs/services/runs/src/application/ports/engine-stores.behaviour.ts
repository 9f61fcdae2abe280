import type { EngineStores } from './engine-stores.js';
import { decisionStoreBehaviour } from './decision-store.behaviour.js';
import { feedStoreBehaviour } from './feed-store.behaviour.js';
import { outcomeStoreBehaviour } from './outcome-store.behaviour.js';
import { restoredRunsBehaviour } from './restored-runs.behaviour.js';
import { roundStoreBehaviour } from './round-store.behaviour.js';
import { runStoreBehaviour } from './run-store.behaviour.js';
import { settleStoreBehaviour } from './settle-store.behaviour.js';
import { watchStoreBehaviour } from './watch-store.behaviour.js';

/** All that the tables of the engine promise, whoever keeps them. */
export function engineStoresBehaviour(name: string, open: () => Promise<EngineStores>): void {
  feedStoreBehaviour(name, open);
  outcomeStoreBehaviour(name, open);
  watchStoreBehaviour(name, open);
  runStoreBehaviour(name, open);
  settleStoreBehaviour(name, open);
  roundStoreBehaviour(name, open);
  decisionStoreBehaviour(name, open);
  restoredRunsBehaviour(name, open);
}
