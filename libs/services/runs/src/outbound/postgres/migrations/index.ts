import { BillingData1763900000000 } from './1763900000000-billing-data.js';
import { Runs1763900001000 } from './1763900001000-runs.js';
import { Acts1763900002000 } from './1763900002000-acts.js';
import { RestoredRuns1763900003000 } from './1763900003000-restored-runs.js';
import { RestoredCopies1763900004000 } from './1763900004000-restored-copies.js';

/** Every migration of the service, in any order: their names carry the time. */
export const runsMigrations = [
  BillingData1763900000000,
  Runs1763900001000,
  Acts1763900002000,
  RestoredRuns1763900003000,
  RestoredCopies1763900004000,
];
