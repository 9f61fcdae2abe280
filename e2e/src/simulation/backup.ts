import type { LedgerBackup } from '@mailrun/service-dispatcher/in-memory';
import type { System } from './system.js';

/** What all schemas of the database said at one moment; the bus, the blob store and mailboxes are not among them. */
export interface Backup {
  readonly at: number;
  readonly ledger: LedgerBackup;
  readonly tables: ReturnType<System['tables']['backup']>;
  readonly epoch: number;
  readonly gateway: ReturnType<System['gateway']['backup']>;
  readonly people: ReturnType<System['people']['backup']>;
}

export const backupOf = ({ world, ledger, tables, epochs, gateway, people }: System): Backup => ({
  at: world.now,
  ledger: ledger.backup(),
  tables: tables.backup(),
  epoch: epochs.epoch,
  gateway: gateway.backup(),
  people: people.backup(),
});

export function restore({ ledger, tables, epochs, gateway, people }: System, backup: Backup): void {
  ledger.restore(backup.ledger);
  tables.restore(backup.tables);
  epochs.epoch = backup.epoch;
  gateway.restore(backup.gateway);
  people.restore(backup.people);
}
