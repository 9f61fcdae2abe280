import type { Drill } from '../../drill.js';
import { actsAtOnce } from './acts-at-once.js';
import { actsUnderFire } from './acts-under-fire.js';

/** What people press while things go wrong, or at the same moment. */
export const actDrills: readonly Drill[] = [actsAtOnce, actsUnderFire];
