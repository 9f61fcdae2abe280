/** Services that keep something in PostgreSQL, each in a schema of its own, as a role of its own. */
export const servicesWithSchema = ['gateway', 'definitions', 'runs', 'dispatcher'] as const;
export type ServiceWithSchema = (typeof servicesWithSchema)[number];

const prefixPattern = /^[a-z][a-z0-9_]{0,30}$/;

/**
 * Name of a service's schema and of its run-time role: `<prefix>_<service>`. The prefix (setting
 * `MAILRUN_INSTALLATION_PREFIX`) lets two installations share a database server.
 */
export function schemaName(prefix: string, service: ServiceWithSchema): string {
  if (!prefixPattern.test(prefix)) {
    throw new TypeError('The prefix must be lower-case letters, digits and underscores, at most 31.');
  }
  return `${prefix}_${service}`;
}
