import { openDataSource } from '@mailrun/platform-persistence';
import { persistenceOf } from '@mailrun/platform-runtime';
import type { StandaloneSettings } from './settings.js';

/** PostgreSQL's codes: a wrong password (which it also says of a role that is not there), no such role. */
const unknownRole: ReadonlySet<unknown> = new Set(['28P01', '28000']);

/** Nothing was set up in the database, or with other secrets. */
export class NotInstalled extends Error {
  constructor(cause?: unknown) {
    super(
      'The database has no roles of Mailrun that open with these settings. Run `mailrun bootstrap` and `mailrun migrate`' +
        ' first, or `npm start`. If it was set up before: look at --data, DATABASE_URL and MAILRUN_DATABASE_ROLE_SECRET.',
      { cause },
    );
  }
}

/** For commands on an installation. @throws Error that says what to do first where there is none */
export async function assertInstalled(settings: StandaloneSettings): Promise<void> {
  try {
    const dataSource = await openDataSource({ ...persistenceOf(settings, 'gateway'), poolSize: 1 });
    await dataSource.destroy();
  } catch (error) {
    if (unknownRole.has((error as { code?: unknown }).code)) throw new NotInstalled(error);
    throw error;
  }
}
