import type { MigrationInterface, QueryRunner } from 'typeorm';
import { openDataSource } from './persistence.module.js';
import { extendPartitions } from './partition-upkeep.js';
import { performAct } from './acts.js';
import { unsafeSettings } from './durability.js';
import { createServiceDatabase, type ServiceTestDatabase } from './testing/index.js';

class Notes1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `create table notes (tenant_id uuid not null, id uuid not null default uuid_v7(), text text not null, primary key (id)) partition by range (id)`,
    );
    await runner.query(`select isolate_tenants('notes')`);
    await runner.query(`insert into partitioned_tables values ('notes', 'fillfactor=70')`);
  }
  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations only go forward.'));
  }
}

const ours = '01900000-0000-7000-8000-000000000001';
const theirs = '01900000-0000-7000-8000-000000000002';

describe('persistence', () => {
  let service: ServiceTestDatabase;
  beforeAll(async () => {
    service = await createServiceDatabase('runs', [Notes1700000000000]);
  });
  afterAll(() => service.drop());

  const add = (tenant: string, text: string) =>
    service.database.inTenant(tenant, (tx) =>
      tx.execute('insert into notes (tenant_id, text) values ($1, $2)', [tenant, text]),
    );
  const read = (tenants: string[]) =>
    service.database.inTenants(tenants, async (tx) =>
      (await tx.query<{ text: string }>('select text from notes order by text')).map((row) => row.text),
    );

  it('shows a transaction the rows of its tenants only, and a partition by itself no more', async () => {
    await add(ours, 'ours');
    await add(theirs, 'theirs');
    expect(await read([ours])).toEqual(['ours']);
    expect(await read([ours, theirs])).toEqual(['ours', 'theirs']);
    expect(await read([])).toEqual([]);
    const month = new Date().toISOString().slice(0, 7).replace('-', '');
    const direct = await service.database.inTenant(ours, (tx) => tx.query(`select * from notes_${month}`));
    expect(direct).toHaveLength(1);
  });

  it('names the settings that let PostgreSQL lose commits', async () => {
    // Databases of tests trade safety for speed.
    const unsafe = await unsafeSettings(service.database);
    const [row] = await service.owner.query<{ fsync: string }>('show fsync');
    expect(unsafe.includes('fsync')).toBe(row!.fsync === 'off');
    const strict = await service.database.withoutTenant(async (tx) => {
      await tx.query('set local synchronous_commit = off');
      return unsafeSettings({ withoutTenant: (work: (same: typeof tx) => unknown) => work(tx) } as never);
    });
    expect(strict).toContain('synchronous_commit');
  });

  it("refuses to write another tenant's row", async () => {
    await expect(
      service.database.inTenant(ours, (tx) =>
        tx.execute('insert into notes (tenant_id, text) values ($1, $2)', [theirs, 'x']),
      ),
    ).rejects.toMatchObject({ code: '42501' });
  });

  it('does not leak the tenants to the next borrower of the connection', async () => {
    await read([ours]);
    const [row] = await service.database.withoutTenant((tx) =>
      tx.query<{ value: string }>(`select current_setting('mailrun.tenants', true) as value`),
    );
    expect(row?.value).toBe('{}');
  });

  it('takes nothing but UUIDs as tenants', async () => {
    await expect(
      service.database.inTenant(`x'; drop table notes; --`, () => Promise.resolve()),
    ).rejects.toThrow(TypeError);
  });

  it('rolls back when the work throws, and goes on after its connection was cut', async () => {
    await expect(
      service.database.inTenant(ours, async (tx) => {
        await tx.execute('insert into notes (tenant_id, text) values ($1, $2)', [ours, 'rolled back']);
        await tx.query('select pg_terminate_backend(pg_backend_pid())');
      }),
    ).rejects.toThrow();
    expect(await read([ours])).toEqual(['ours']);
  });

  it('has its own settings until it ends', async () => {
    const jit = `select current_setting('jit') as jit`;
    const settings = 'set local jit = off; set local enable_hashjoin = off';
    const off = await service.database.inTenant(ours, (tx) => tx.query(jit), { settings });
    expect(off).toEqual([{ jit: 'off' }]);
    expect(await service.database.inTenant(ours, (tx) => tx.query(jit))).toEqual([{ jit: 'on' }]);
  });

  describe('last statements of a transaction', () => {
    const insert = 'insert into notes (tenant_id, text) values ($1, $2)';
    const remove = 'delete from notes where text = $1';

    it('are done in their order, after everything else', async () => {
      await service.database.inTenant(ours, async (tx) => {
        tx.lastly('add-last', insert, [ours, 'last']);
        tx.lastly('remove-last', remove, ['first']);
        await tx.execute(insert, [ours, 'first']);
      });
      expect(await read([ours])).toEqual(['last', 'ours']);
      await service.database.inTenant(ours, (tx) => tx.execute(remove, ['last']));
    });

    it('undo the transaction when they fail, and leave the connection as it was', async () => {
      for (let round = 0; round < 12; round += 1) {
        await expect(
          service.database.inTenant(ours, async (tx) => {
            await tx.execute(insert, [ours, 'undone']);
            tx.lastly('add-last', insert, [theirs, 'refused']);
            tx.lastly('remove-last', remove, ['ours']);
          }),
        ).rejects.toMatchObject({ code: '42501' });
      }
      expect(await read([ours])).toEqual(['ours']);
    });

    it('are not done when the work throws', async () => {
      await expect(
        service.database.inTenant(ours, (tx) => {
          tx.lastly('remove-last', remove, ['ours']);
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      expect(await read([ours])).toEqual(['ours']);
    });
  });

  describe('a transaction of one statement', () => {
    const insert = 'insert into notes (tenant_id, text) values ($1, $2) returning text';

    it('is committed, and sees the rows of its tenants only', async () => {
      expect(await service.database.once([ours], 'add-note', insert, [ours, 'once'])).toEqual([
        { text: 'once' },
      ]);
      expect(await read([ours])).toContain('once');
      const count = 'select count(*)::int as n from notes';
      expect(await service.database.once([], 'count-notes', count, [])).toEqual([{ n: 0 }]);
    });

    it('throws what the statement met, and leaves the connection as it was', async () => {
      for (let round = 0; round < 12; round += 1) {
        await expect(service.database.once([ours], 'add-note', insert, [theirs, 'x'])).rejects.toMatchObject({
          code: '42501',
        });
      }
      expect(await service.database.once([ours], 'add-note', insert, [ours, 'after'])).toEqual([
        { text: 'after' },
      ]);
    });

    it('goes on after its connection was cut', async () => {
      await expect(
        service.database.once([ours], 'cut', 'select pg_terminate_backend(pg_backend_pid())', []),
      ).rejects.toThrow();
      expect(await service.database.once([ours], 'one', 'select 1 as one', [])).toEqual([{ one: 1 }]);
      await service.database.inTenant(ours, (tx) =>
        tx.execute(`delete from notes where text in ('once', 'after')`),
      );
    });
  });

  it('refuses to serve as owner', async () => {
    await expect(openDataSource({ ...service.options, url: service.owner.ownerUrl })).rejects.toThrow(
      /tenants would not be isolated/,
    );
  });

  it('makes partitions as the run-time role and says how far they reach', async () => {
    expect(await extendPartitions(service.database)).toBeGreaterThan(80);
  });

  it('makes ids that sort by time', async () => {
    const [row] = await service.database.withoutTenant((tx) =>
      tx.query<{ id: string; floor: string }>(
        `select uuid_v7() as id, uuid_v7_floor(now() - interval '1 second') as floor`,
      ),
    );
    expect(row?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/);
    expect(row && row.id > row.floor).toBe(true);
  });

  describe('performAct', () => {
    const context = (idempotencyKey?: string) => ({
      tenantId: ours,
      ...(idempotencyKey && { idempotencyKey }),
    });
    const act = (key: string, request: unknown) =>
      performAct(service.database, context(key), 'addNote', request, async (tx) => {
        await tx.execute('insert into notes (tenant_id, text) values ($1, $2)', [ours, key]);
        return { status: 201, headers: { etag: '"1"' }, body: { key } };
      });

    it('answers a repeated key with the first answer and changes nothing again', async () => {
      const first = await act('once', { a: 1 });
      expect(await act('once', { a: 1 })).toEqual(first);
      expect((await read([ours])).filter((text) => text === 'once')).toHaveLength(1);
    });

    it('forgets answers older than a day, and takes their keys for new requests', async () => {
      await act('old', { a: 1 });
      await service.owner.query(
        `update ${service.schema}.idempotency_keys set created_at = now() - interval '25 hours' where key = 'old'`,
      );
      await act('another', {});
      expect(
        await service.owner.query(`select from ${service.schema}.idempotency_keys where key = 'old'`),
      ).toEqual([]);
      await expect(act('old', { a: 2 })).resolves.toMatchObject({ status: 201 });
    });

    it('refuses another request under the same key', async () => {
      await act('reused', { a: 1 });
      await expect(act('reused', { a: 2 })).rejects.toMatchObject({
        kind: 'conflict',
        code: 'idempotency-key.reused',
      });
    });

    it('lets one of two simultaneous calls win, and both get its answer', async () => {
      const answers = await Promise.all([act('together', 1), act('together', 1), act('together', 1)]);
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect((await read([ours])).filter((text) => text === 'together')).toHaveLength(1);
    });
  });
});
