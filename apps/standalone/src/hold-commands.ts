import { openBlobStore } from '@mailrun/platform-blobs';
import { TypeOrmDatabase, openDataSource, type Database } from '@mailrun/platform-persistence';
import { persistenceOf } from '@mailrun/platform-runtime';
import { openHoldTools, type HoldTools } from '@mailrun/service-dispatcher';
import { openRestoreTools } from '@mailrun/service-runs';
import type { StandaloneSettings } from './settings.js';
import { withTenants } from './with-tenants.js';

/** The red button. @param tenantId of one tenant; left out: everything */
export function holdMails(
  settings: StandaloneSettings,
  tenantId: string | undefined,
  note: string | undefined,
): Promise<void> {
  return withHoldTools(settings, ({ holdMails }) => holdMails.hold(tenantId, note));
}

/** @returns whether anything was held */
export function releaseMails(settings: StandaloneSettings, tenantId: string | undefined): Promise<boolean> {
  return withHoldTools(settings, ({ holdMails }) => holdMails.release(tenantId));
}

export interface Reconciled {
  /** Mails that became uncertain. */
  readonly mails: number;
  readonly runs: number;
  /** Messages of these runs that will be held as uncertain as soon as the services run. */
  readonly messages: number;
  /** Prepared runs that became drafts. */
  readonly drafts: number;
}

/** After the database was restored to an earlier moment. Nothing leaves before `release`. */
export function reconcileRestored(settings: StandaloneSettings, restoredTo: Date): Promise<Reconciled> {
  return withHoldTools(settings, async ({ reconcileRestored }) => {
    const tenantIds = await withTenants(settings, (tenants) => tenants.ids());
    await reconcileRestored.hold(restoredTo);
    const counts = { runs: 0, messages: 0, drafts: 0 };
    await withDatabase(settings, 'runs', async (database) => {
      const restoredRuns = openRestoreTools(database);
      for (const tenantId of tenantIds) {
        const { runs, messages, drafts, rounds } = await restoredRuns.mark(tenantId, restoredTo);
        // First, so that no record of these rounds comes in between.
        await reconcileRestored.distrustRounds(tenantId, restoredTo, rounds);
        counts.runs += runs;
        counts.messages += messages;
        counts.drafts += drafts;
      }
    });
    const mails = await reconcileRestored.reconcile(restoredTo, tenantIds);
    // Last: from here on a release is allowed.
    await reconcileRestored.goOn();
    return { mails, ...counts };
  });
}

async function withHoldTools<Result>(
  settings: StandaloneSettings,
  work: (tools: HoldTools) => Promise<Result>,
): Promise<Result> {
  const blobs = await openBlobStore(settings.blobs);
  try {
    return await withDatabase(settings, 'dispatcher', (database) => work(openHoldTools(database, blobs)));
  } finally {
    await blobs.close();
  }
}

async function withDatabase<Result>(
  settings: StandaloneSettings,
  service: 'dispatcher' | 'runs',
  work: (database: Database) => Promise<Result>,
): Promise<Result> {
  const dataSource = await openDataSource({ ...persistenceOf(settings, service), poolSize: 1 });
  try {
    return await work(new TypeOrmDatabase(dataSource));
  } finally {
    await dataSource.destroy();
  }
}
