import type { Drill } from '../drill.js';
import { actDrills } from './acts/index.js';
import { kafkaDrills } from './kafka/index.js';
import { mailServerDrills } from './mail-server/index.js';
import { postgresDrills } from './postgres/index.js';
import { processDrills } from './processes/index.js';
import { storeDrills } from './store/index.js';

/** Every drill, in the order in which they are played. */
export const catalogue: readonly Drill[] = [
  ...mailServerDrills,
  ...processDrills,
  ...postgresDrills,
  ...kafkaDrills,
  ...storeDrills,
  ...actDrills,
];
