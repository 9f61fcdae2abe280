import type { BlobStore } from '@mailrun/platform-blobs';
import type { Database } from '@mailrun/platform-persistence';
import { GuardRestore } from './application/guard-restore/guard-restore.js';
import { HoldMails } from './application/hold-mails/hold-mails.js';
import { ReconcileRestored } from './application/reconcile-restored/reconcile-restored.js';
import { BlobEpochMarks } from './outbound/blobs/epoch-marks.blobs.js';
import { PostgresEpochs } from './outbound/postgres/epochs.postgres.js';
import { PostgresHolds } from './outbound/postgres/holds.postgres.js';
import { PostgresRestoredMails } from './outbound/postgres/restored-mails.postgres.js';

/** What commands do to the queue while the services run, or before they do. */
export interface HoldTools {
  readonly holdMails: HoldMails;
  readonly reconcileRestored: ReconcileRestored;
}

/** @param database of the dispatcher's own role */
export function openHoldTools(database: Database, blobs: BlobStore): HoldTools {
  const holds = new PostgresHolds(database);
  const epochs = new PostgresEpochs(database);
  const marks = new BlobEpochMarks(blobs);
  return {
    holdMails: new HoldMails(holds, new GuardRestore(epochs, marks, holds)),
    reconcileRestored: new ReconcileRestored(new PostgresRestoredMails(database), holds, epochs, marks),
  };
}
