import type { Drill } from '../../drill.js';
import { allKilled } from './all-killed.js';
import { clockMoved } from './clock-moved.js';
import { dispatchersScaled } from './dispatchers-scaled.js';
import { oneOfTwoRenderers } from './one-of-two-renderers.js';
import { rollingRestart } from './rolling-restart.js';
import { serviceFrozen } from './service-frozen.js';
import { serviceKilled } from './service-killed.js';
import { slowDispatcher } from './slow-dispatcher.js';

/** Faults of our own processes. */
export const processDrills: readonly Drill[] = [
  ...serviceKilled,
  allKilled,
  ...serviceFrozen,
  oneOfTwoRenderers,
  slowDispatcher,
  dispatchersScaled,
  rollingRestart,
  ...clockMoved,
];
