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

it('renews leases without waiting for mails that a group commit has in its hands', async () => {
  const { database } = service;
  const first = mailToAccept();
  const { tenantId, runId, mode } = first;
  await ledger.modes.put(tenantId, mode, 1);
  await ledger.intake.accept([first, mailToAccept({ tenantId, runId })]);
  const claimed = await ledger.queue.claim([{ tenantId, serverKey: 'main', runId, limit: 2 }], 1_000);
  expect(claimed).toHaveLength(2);
  const leases = () =>
    database.inTenant(tenantId, (tx) =>
      tx.query<{ id: string; isLong: boolean }>(
        `select message_id as id, lease_until > now() + interval '1 minute' as "isLong" from mails where run_id = $1
         order by message_id`,
        [runId],
      ),
    );
  await database.inTenant(tenantId, async (tx) => {
    await tx.query('select from mails where message_id = $1 for update', [claimed[0]!.messageId]);
    await ledger.queue.renew(claimed, 600_000);
  });
  const isLong = new Map((await leases()).map((row) => [row.id, row.isLong]));
  expect(claimed.map(({ messageId }) => isLong.get(messageId))).toEqual([false, true]);
  await ledger.queue.renew(claimed, 600_000);
  expect((await leases()).every((row) => row.isLong)).toBe(true);
});
