import { BillingData1763900000000 } from './1763900000000-billing-data.js';

/** Every migration of the service, in any order: their names carry the time. */
export const runsMigrations = [BillingData1763900000000];
