import type { Drill } from '../../drill.js';
import { connectionsCut } from './connections-cut.js';
import { diskFull } from './disk-full.js';
import { databaseRestored } from './restored.js';
import { serverKilled } from './server-killed.js';

/** Faults of the database server. */
export const postgresDrills: readonly Drill[] = [serverKilled, connectionsCut, diskFull, databaseRestored];
