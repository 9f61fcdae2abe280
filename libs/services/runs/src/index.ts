export { BillingSettings, billingSettings } from './application/billing-settings.js';
export { BillingModule, type BillingModuleOptions } from './billing.module.js';
export { runsMigrations } from './outbound/postgres/migrations/index.js';
export { RunsSettings, runsSettings } from './application/runs-settings.js';
export { RunsModule } from './runs.module.js';
