import { createServiceDatabase, type ServiceTestDatabase } from '@mailrun/platform-persistence/testing';
import { ledgerBehaviour, type Ledger } from '../../application/ports/ledger.behaviour.js';
import { ModePolicy } from '../../application/ports/mode-policy.js';
import { mailToAccept } from '../../testing/mail-to-accept.builder.js';
import { PostgresHolds } from './holds.postgres.js';
import { PostgresMailDecisions } from './mail-decisions.postgres.js';
import { PostgresMailIntake } from './mail-intake.postgres.js';
import { PostgresMailQueue } from './mail-queue.postgres.js';
import { dispatcherMigrations } from './migrations/index.js';
import { PostgresOutcomeStore } from './outcome-store.postgres.js';
import { PostgresPausedServers } from './paused-servers.postgres.js';
import { PostgresRestoredMails } from './restored-mails.postgres.js';
import { PostgresRunGates } from './run-gates.postgres.js';
import { PostgresTenantModes } from './tenant-modes.postgres.js';

let service: ServiceTestDatabase;
let ledger: Ledger;

beforeAll(async () => {
  service = await createServiceDatabase('dispatcher', dispatcherMigrations);
  const { database, owner, schema } = service;
  ledger = {
    intake: new PostgresMailIntake(database),
    queue: new PostgresMailQueue(database, new ModePolicy({ forceTest: false })),
    forcedQueue: new PostgresMailQueue(database, new ModePolicy({ forceTest: true })),
    gates: new PostgresRunGates(database),
    modes: new PostgresTenantModes(database),
    outcomes: new PostgresOutcomeStore(database),
    holds: new PostgresHolds(database),
    paused: new PostgresPausedServers(database),
    act: (tenantId, work) => database.inTenant(tenantId, work),
    restored: new PostgresRestoredMails(database),
    decisions: new PostgresMailDecisions(database),
    expireLeases: (runId) =>
      owner.query(
        `update ${schema}.mails set lease_until = now() - interval '1 second'
         where run_id = $1 and lease_until is not null`,
        [runId],
      ),
    makeDue: (runId) =>
      owner.query(`update ${schema}.mails set due_at = now() where run_id = $1 and due_at is not null`, [
        runId,
      ]),
  };
});
afterAll(() => service.drop());

ledgerBehaviour('in PostgreSQL', () => ledger);

it('refuses an id of a month that has no place', async () => {
  const messageId = '01000000-0000-7000-8000-000000000001';
  await expect(ledger.intake.accept([mailToAccept({ messageId })])).rejects.toMatchObject({
    code: 'dispatch.message-id',
  });
});

it('plans the claim over the index of waiting mails, also while the tables are empty', async () => {
  const { database, schema } = service;
  const plan = await database.withoutTenant((tx) =>
    tx.query<{ 'QUERY PLAN': string }>(
      `explain select from mails m where m.run_id = gen_random_uuid() and m.server_key = 'main' and m.due_at <= now()
       order by m.due_at limit 10`,
    ),
  );
  const text = plan.map((row) => row['QUERY PLAN']).join('\n');
  expect(schema).toContain('dispatcher');
  expect(text).toMatch(/Index (Only )?Scan using mails_\d+_run_id_server_key_due_at_idx/);
  expect(text).not.toContain('Seq Scan');
});
