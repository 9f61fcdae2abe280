import type { Database } from '@mailrun/platform-persistence';
import type { RestoredRuns } from './application/ports/restored-runs.port.js';
import { PostgresRestoredRuns } from './outbound/postgres/restored-runs.postgres.js';

/** What a command does to runs after the database was restored. @param database of runs' own role */
export const openRestoreTools = (database: Database): RestoredRuns => new PostgresRestoredRuns(database);
