import type { Drill } from '../drill.js';
import { allKilled } from './all-killed.js';
import { connectionsCut } from './connections-cut.js';
import { kafkaKilled } from './kafka-killed.js';
import { mailServerDrills } from './mail-server/index.js';
import { postgresKilled } from './postgres-killed.js';
import { serviceKilled } from './service-killed.js';

/** Every drill, in the order in which they are played. */
export const catalogue: readonly Drill[] = [
  ...serviceKilled,
  allKilled,
  postgresKilled,
  connectionsCut,
  kafkaKilled,
  ...mailServerDrills,
];
