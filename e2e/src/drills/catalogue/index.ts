import type { Drill } from '../drill.js';
import { kafkaDrills } from './kafka/index.js';
import { mailServerDrills } from './mail-server/index.js';
import { postgresDrills } from './postgres/index.js';
import { databaseRestored } from './postgres/restored.js';
import { processDrills } from './processes/index.js';
import { storeDrills } from './store/index.js';

/** Every drill, in the order in which they are played. */
export const catalogue: readonly Drill[] = [
  ...mailServerDrills,
  ...processDrills,
  ...postgresDrills,
  ...kafkaDrills,
  ...storeDrills,
];

/** Drills that show a fault which is not mended yet: played by name only, until they hold. */
export const unmended: readonly Drill[] = [databaseRestored];
