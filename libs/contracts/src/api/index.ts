import type { Route } from '../http/route.js';
import { billingRoutes } from './billing.js';
import { definitionRoutes } from './definitions.js';
import { runRoutes } from './runs.js';
import { tenantRoutes } from './tenant.js';

export * from './common.js';
export * from './billing.js';
export * from './definitions.js';
export * from './runs.js';
export * from './tenant.js';

/** The whole public API. */
export const publicRoutes: readonly Route[] = [
  ...billingRoutes,
  ...definitionRoutes,
  ...runRoutes,
  ...tenantRoutes,
];
