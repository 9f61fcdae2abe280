export { DispatcherModule, type DispatcherModuleOptions } from './dispatcher.module.js';
export { dispatcherSettings, type DispatcherSettings } from './application/dispatcher-settings.js';
export { dispatcherMigrations } from './outbound/postgres/migrations/index.js';

export { openHoldTools, type HoldTools } from './hold-tools.js';

// What benchmarks measure.
export { SmtpMailConnections, type SmtpOptions } from './outbound/smtp/smtp-mail-connections.js';
export { openBareDispatcher, type BareDispatcher } from './bare-dispatcher.js';
export { NoObserver } from './application/ports/dispatch-observer.port.js';
export type { ServerSettings } from './domain/server-settings.js';
