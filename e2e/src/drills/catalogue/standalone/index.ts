import type { Drill } from '../../drill.js';
import type { StandaloneGround } from '../../ground/standalone-ground.js';
import { standaloneKilled } from './standalone-killed.js';

/** Drills of the shape in which everything is one process. */
export const standaloneDrills: readonly Drill<StandaloneGround>[] = [standaloneKilled];
