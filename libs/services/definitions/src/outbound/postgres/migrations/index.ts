import { Configuration1763900100000 } from './1763900100000-configuration.js';

/** Every migration of the service, in any order: their names carry the time. */
export const definitionsMigrations = [Configuration1763900100000];
