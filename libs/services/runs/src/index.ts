export { BillingSettings, billingSettings } from './application/billing-settings.js';
export { RunsSettings, runsSettings } from './application/runs-settings.js';
export { BillingModule, type BillingModuleOptions } from './billing.module.js';
export { runsMigrations } from './outbound/postgres/migrations/index.js';
export { openRestoreTools } from './restore-tools.js';
export { RunsModule, type RunsModuleOptions } from './runs.module.js';
