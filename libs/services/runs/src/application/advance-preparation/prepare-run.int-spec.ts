import { busExamples, makeDocuments, runPinsSchema, type MessageRun } from '@mailrun/contracts';
import { AdvancePreparations } from './advance-preparations.use-case.js';
import { EngineHarness, EngineReplica, ours, theirs, wholeMay } from '../../testing/engine.harness.js';
import { withEngine } from '../../testing/with-engine.js';
import { publishedDefinition } from '../../testing/published-definition.builder.js';

const { producedAt: _, ...headers } = busExamples.exampleHeaders;
const counts = (run: MessageRun, unit: 'invoices' | 'messages') =>
  Object.fromEntries(run[unit].map(({ status, reason, count }) => [reason ?? status, count]));

describe('preparing a run', () => {
  let engine: EngineHarness;
  withEngine((opened) => {
    engine = opened;
  });

  it('judges every invoice looked at by every rule, in their order', async () => {
    engine.definitions.publish(
      publishedDefinition({
        passwordKey: 'ZIP',
        transformations: [
          { key: 'invoice-pdf', version: 1, fileNamePattern: 'a.pdf' },
          { key: 'invoice-csv', version: 1, fileNamePattern: 'a.csv' },
        ],
      }),
    );
    const both = ['invoice-pdf', 'invoice-csv'];
    const one = (code: string, documents = both) => ({ invoices: [{ code, documents }] });
    await engine.seed([
      { code: 'C1', ...one('good') },
      { code: 'C2', ...one('no-recipient', []), emails: [{ kind: 'cc', address: 'cc@example.com' }] },
      { code: 'C3', ...one('no-document', []), hasPassword: false },
      { code: 'C4', ...one('document-missing', ['invoice-pdf']) },
      { code: 'C5', ...one('no-password'), hasPassword: false, suspended: true },
      { code: 'C6', ...one('suspended'), suspended: true, emails: [{ address: 'not an address' }] },
      { code: 'C7', ...one('invalid'), emails: [{ address: 'not an address' }] },
      { code: 'C8', ...one('suppressed'), emails: [{ address: 'Gone@example.com' }, { address: 'bad' }] },
      {
        code: 'C9',
        ...one('one-left'),
        emails: [{ address: 'gone@example.com' }, { address: 'here@example.com' }],
      },
    ]);
    await engine.change(
      `insert into suppressions (tenant_id, address, origin) values ($1, 'gone@example.com', 'person')`,
      [ours],
    );
    const run = await engine.prepared();
    expect(await engine.results(run.id)).toEqual({
      good: 'pending',
      'no-recipient': 'no-recipient',
      'no-document': 'no-document',
      'document-missing': 'document-missing',
      'no-password': 'no-password',
      suspended: 'customer-suspended',
      invalid: 'address-invalid',
      suppressed: 'address-suppressed',
      'one-left': 'pending',
    });
    expect(run).toMatchObject({ state: 'prepared', mode: 'live', expectedMessages: 2 });
    await engine.assertCounters(run.id);
    const [row] = await engine.service.database.inTenant(ours, (tx) =>
      tx.query(`select recipients from message_contents c join message_results r using (message_id)
        join invoices i on i.id = r.invoice_id where i.code = 'one-left'`),
    );
    expect(row).toEqual({ recipients: [{ kind: 'to', address: 'here@example.com' }] });
  });

  it('looks at the approved invoices of the cluster and its descendants that end in the period, and counts the others', async () => {
    await engine.change(
      `with top as (insert into customer_clusters (tenant_id, code, name) values ($1, 'ALL', 'All') returning id),
         middle as (insert into customer_clusters (tenant_id, code, name, parent_id) select $1, 'NL', 'NL', id from top returning id)
       insert into customer_clusters (tenant_id, code, name, parent_id) select $1, 'ABC', 'ABC', id from middle`,
      [ours],
    );
    await engine.seed([
      {
        code: 'C1',
        cluster: 'ABC',
        invoices: [
          { code: 'first-day', lastDay: '2025-05-01' },
          { code: 'last-day', lastDay: '2025-05-31' },
          { code: 'ends-outside', firstDay: '2025-05-15', lastDay: '2025-06-14' },
          { code: 'earlier', firstDay: '2025-04-01', lastDay: '2025-04-30' },
          { code: 'open', status: 'open' },
          { code: 'history', mailedBefore: true },
        ],
      },
      { code: 'C2', cluster: 'ELSEWHERE' },
    ]);
    await engine.seedMany(1, 'T', theirs);
    const run = await engine.prepared();
    expect(Object.keys(await engine.results(run.id))).toEqual(['first-day', 'last-day']);
    expect(await engine.reading.dryRun(ours, run.id)).toEqual({
      preparationId: run.preparationId,
      mode: 'live',
      invoices: { lookedAt: 2, toSend: 2, skipped: [] },
      messages: { toSend: 2 },
      notLookedAt: { notApproved: 1, periodEndsOutside: 1, mailedBefore: 1, notTheGroup: [] },
      attachmentBytes: 2000,
      expectedSeconds: null,
    });
    const alone = await engine.prepared({ selection: { ...wholeMay, includeDescendants: false } });
    expect(await engine.results(alone.id)).toEqual({});
  });

  it('leaves out and counts who is not of the group, when the definition says so', async () => {
    engine.definitions.publish(
      publishedDefinition({ whenNoRecipient: 'not-the-group', whenNoDocument: 'not-the-group' }),
    );
    await engine.seed([
      { code: 'C1' },
      { code: 'C2', emails: [] },
      { code: 'C3', invoices: [{ code: 'I3', documents: [] }] },
    ]);
    const run = await engine.prepared();
    expect(await engine.results(run.id)).toEqual({ 'I-C1': 'pending' });
    const dryRun = await engine.reading.dryRun(ours, run.id);
    expect(dryRun.notLookedAt.notTheGroup).toEqual([
      { reason: 'no-document', count: 1 },
      { reason: 'no-recipient', count: 1 },
    ]);
  });

  it('puts all invoices of a customer into one message when it collates, in parts where they are too large', async () => {
    engine.definitions.publish(publishedDefinition({ collate: true }), 10_000);
    const invoices = (prefix: string, count: number, documentBytes: number) =>
      Array.from({ length: count }, (_, n) => ({ code: `${prefix}${n}`, documentBytes }));
    await engine.seed([
      { code: 'C1', invoices: invoices('small', 3, 1000) },
      { code: 'C2', invoices: [...invoices('large', 4, 3000), { code: 'none', documents: [] }] },
    ]);
    const run = await engine.prepared();
    const rows = await engine.service.database.inTenant(ours, (tx) =>
      tx.query<{ code: string; invoices: number; part: number | null }>(
        `select cu.code, m.invoices, m.part from messages m join customers cu on cu.id = m.customer_id order by m.id`,
      ),
    );
    expect(rows[0]).toEqual({ code: 'C1', invoices: 3, part: null });
    expect(rows.slice(1).reduce((sum, { invoices }) => sum + invoices, 0)).toBe(4);
    for (const { invoices, part } of rows.slice(1)) {
      expect(part).not.toBeNull();
      expect(invoices * 3000 * 1.4).toBeLessThanOrEqual(10_000);
    }
    expect(counts(run, 'invoices')).toEqual({ pending: 7, 'no-document': 1 });
    await engine.assertCounters(run.id);
  });

  it('pins what shapes the mails, with the test address in test mode', async () => {
    engine.settings.settings = { ...engine.settings.settings, mode: 'test' };
    await engine.seedMany(1);
    const run = await engine.prepared({ bcc: ['auditor@audit.example'], note: 'May' });
    expect(run.mode).toBe('test');
    const [key] = engine.blobs.keys;
    const pins = runPinsSchema.parse(
      JSON.parse((await engine.blobs.get(key!, { maxBytes: 1e6 })).toString()),
    );
    expect(pins).toMatchObject({
      testAddress: 'test@mailrun.example',
      bcc: [{ address: 'auditor@audit.example' }],
      run: { id: run.id, note: 'May', periodFirstDay: '2025-05-01' },
    });
    engine.settings.settings = { ...engine.settings.settings, testAddresses: [] };
    await expect(engine.prepare(run.id)).rejects.toMatchObject({ code: 'runs.no-test-address' });
  });

  it('refuses what it can’t run, and says why', async () => {
    await engine.seedMany(1);
    const selection = { ...wholeMay, clusterCode: 'NOWHERE' };
    await expect(engine.create({ selection })).rejects.toMatchObject({ code: 'runs.unknown-selection' });
    await expect(engine.create({ selection: { invoiceCodes: ['I-C1', 'nope'] } })).rejects.toMatchObject({
      extra: { errors: [{ detail: 'There is no invoice nope.' }] },
    });
    await expect(engine.create({ sendAgain: true })).rejects.toMatchObject({
      code: 'runs.send-again-needs-list',
    });
    await expect(engine.create({ definitionKey: 'none' })).rejects.toMatchObject({
      code: 'runs.definition-not-published',
    });
    await expect(engine.create({ bcc: ['spy@elsewhere.example'] })).rejects.toMatchObject({
      code: 'runs.bcc-not-allowed',
    });
    const id = await engine.create();
    await engine.preparing.prepare({ tenantId: ours }, id, undefined);
    await expect(engine.preparing.prepare({ tenantId: ours }, id, undefined)).rejects.toMatchObject({
      code: 'runs.wrong-state',
    });
    await expect(engine.reading.dryRun(ours, id)).rejects.toMatchObject({ code: 'runs.not-prepared' });
    await expect(engine.reading.get(theirs, id)).rejects.toMatchObject({ code: 'runs.not-found' });
  });

  it('replaces the rows of the earlier preparation, and skips nothing of its own', async () => {
    await engine.seedMany(3);
    const first = await engine.prepared();
    await engine.change(`update customers set suspended = true where code = 'C2'`);
    const second = await engine.prepare(first.id);
    expect(second.preparationId).not.toBe(first.preparationId);
    expect(counts(second, 'invoices')).toEqual({ pending: 2, 'customer-suspended': 1 });
    const left = await engine.service.database.inTenant(ours, (tx) =>
      tx.query(`select (select count(*)::int from messages) as messages, (select count(*)::int from message_contents) as contents,
        (select count(*)::int from message_addresses) as addresses, (select count(*)::int from message_results) as results`),
    );
    expect(left).toEqual([{ messages: 2, contents: 2, addresses: 2, results: 3 }]);
    await engine.assertCounters(first.id);
  });

  describe('with documents to make', () => {
    const csv = {
      key: 'invoice-csv',
      version: 1,
      outputType: 'csv' as const,
      template: 'x',
      fileNamePattern: 'a.csv',
    };
    const made = (documentId: string, preparationId: string) => ({
      headers: { ...headers, tenantId: ours, producedAt: new Date().toISOString() },
      body: {
        documentId,
        preparationId,
        result: {
          kind: 'made' as const,
          content: { key: `documents/${ours}/${documentId}`, sha256: 'b'.repeat(64), sizeBytes: 10 },
          contentType: 'text/csv',
          fileName: 'a.csv',
        },
      },
    });
    const failed = (documentId: string, preparationId: string) => ({
      ...made(documentId, preparationId),
      body: { ...busExamples.documentFailed, documentId, preparationId },
    });
    const codes = () => engine.replica.bus.bodiesOf(makeDocuments).map(({ invoice }) => invoice.code);

    beforeEach(async () => {
      engine.definitions.publish(publishedDefinition({ transformations: [csv] }));
      await engine.seed(
        ['C1', 'C2'].map((code) => ({ code, invoices: [{ code: `I-${code}`, documents: [] }] })),
      );
    });

    it('asks for what is missing, shows the progress, keeps a failure with line and column, and reuses what was made', async () => {
      const id = await engine.create();
      await engine.preparing.prepare({ tenantId: ours }, id, undefined);
      expect(await engine.replica.prepareOn(ours, id)).toBe('wait');
      const [first, second] = engine.replica.bus.bodiesOf(makeDocuments);
      expect(first).toMatchObject({
        transformationKey: 'invoice-csv',
        invoice: { code: 'I-C1', total: '13.80' },
      });
      expect((await engine.reading.get(ours, id)).progress).toEqual({ step: 'documents', done: 0, total: 2 });
      await engine.replica.documents.apply([
        made(first!.documentId, first!.preparationId),
        made(first!.documentId, first!.preparationId),
        failed(second!.documentId, second!.preparationId),
        failed(first!.documentId, first!.preparationId),
      ]);
      expect(await engine.replica.prepareOn(ours, id)).toBe('done');
      expect(await engine.results(id)).toEqual({ 'I-C1': 'pending', 'I-C2': 'no-document' });
      const [row] = await engine.service.database.inTenant(ours, (tx) =>
        tx.query(`select detail from message_results where skip_reason = 'no-document'`),
      );
      expect(row).toMatchObject({ detail: { code: 'template.failed', line: 12, column: 5 } });

      await engine.preparing.prepare({ tenantId: ours }, id, undefined);
      expect(await engine.replica.prepareOn(ours, id)).toBe('wait');
      expect(codes()).toEqual(['I-C1', 'I-C2', 'I-C2']);
    });

    it('makes a document anew when the template or the customer changed, and never replaces an upload', async () => {
      const id = await engine.create();
      await engine.preparing.prepare({ tenantId: ours }, id, undefined);
      await engine.replica.prepareOn(ours, id);
      const [first, second] = engine.replica.bus.bodiesOf(makeDocuments);
      await engine.change(
        `insert into documents (tenant_id, invoice_id, invoice_revision, transformation_key, origin, blob_key, sha256, size_bytes, content_type)
         select $1, id, 1, 'invoice-csv', 'upload', 'uploaded', '${'c'.repeat(64)}', 7, 'text/csv' from invoices where code = 'I-C2'`,
        [ours],
      );
      await engine.replica.documents.apply(
        [first!, second!].map(({ documentId, preparationId }) => made(documentId, preparationId)),
      );
      await engine.replica.prepareOn(ours, id);
      expect(await engine.reading.dryRun(ours, id)).toMatchObject({ attachmentBytes: 17 });
      await engine.change(`update customers set name = 'New name'`);
      await engine.preparing.prepare({ tenantId: ours }, id, undefined);
      await engine.replica.prepareOn(ours, id);
      expect(codes()).toEqual(['I-C1', 'I-C2', 'I-C1']);
    });

    it('asks again for what was not answered', async () => {
      const id = await engine.create();
      await engine.preparing.prepare({ tenantId: ours }, id, undefined);
      await engine.replica.prepareOn(ours, id);
      await engine.replica.prepareOn(ours, id);
      expect(codes()).toHaveLength(2);
      await engine.change(`update document_orders set ask_again_at = now() - interval '1 second'`);
      await engine.replica.prepareOn(ours, id);
      expect(codes()).toHaveLength(4);
    });
  });

  it('goes on after a kill between two pieces, and two replicas never do the same piece', async () => {
    await engine.seedMany(40);
    // Small chunks: the arrays of the one chunk are cut into ten.
    const id = await engine.create();
    await engine.preparing.prepare({ tenantId: ours }, id, undefined);
    const other = new EngineReplica(engine);
    const run = { runId: id, tenantId: ours };
    while ((await engine.replica.advancing.advance(run)) === 'again') {
      const [step] = await engine.service.database.inTenant(ours, (tx) =>
        tx.query<{ step: string; chunks: number }>(`select step, chunks from preparations`),
      );
      if (step?.step === 'judge' && step.chunks === 1) {
        await engine.change(
          `with one as (delete from preparation_chunks returning *)
           insert into preparation_chunks select tenant_id, preparation_id, n, customer_ids[4 * n - 3 : 4 * n],
             invoice_ids[4 * n - 3 : 4 * n], revisions[4 * n - 3 : 4 * n], false from one, generate_series(1, 10) n`,
        );
        await engine.change(`update preparations set chunks = 10`);
        break;
      }
    }
    const killed = new Error('killed');
    const judge = other.preparations.judge.bind(other.preparations);
    let pieces = 0;
    other.preparations.judge = async (...args) => {
      const judged = await judge(...args);
      pieces += 1;
      if (pieces % 3 === 0) throw killed;
      return judged;
    };
    const work = async (replica: EngineReplica) => {
      for (;;) {
        const advance = await replica.advancing.advance(run).catch((error: unknown) => {
          if (error !== killed) throw error;
          return 'again' as const;
        });
        if (advance === 'done') return;
      }
    };
    await Promise.all([work(other), work(engine.replica)]);
    expect(Object.values(await engine.results(id))).toEqual(Array.from({ length: 40 }, () => 'pending'));
    expect((await engine.reading.get(ours, id)).expectedMessages).toBe(40);
    await engine.assertCounters(id);
  });

  it('gives a preparation up that fails again and again, and lets it be prepared anew', async () => {
    await engine.seedMany(3);
    const id = await engine.create();
    await engine.preparing.prepare({ tenantId: ours }, id, undefined);
    const { advancing, preparations, runStore, workIndex, signals } = engine.replica;
    const all = new AdvancePreparations(advancing, preparations, runStore, workIndex, signals);
    while ((await step()) !== 'judge') expect(await all.advanceAll()).toBe(true);

    // As a bug would, which no repetition mends.
    const judged = `alter table ${engine.service.schema}.preparation_chunks`;
    await engine.service.owner.query(`${judged} add constraint broken check (not is_judged)`);
    try {
      for (let tries = 1; tries <= 5; tries += 1) {
        expect(await engine.reading.get(ours, id)).toMatchObject({ state: 'preparing' });
        await expect(all.advanceAll()).rejects.toMatchObject({ code: '23514' });
      }
    } finally {
      await engine.service.owner.query(`${judged} drop constraint broken`);
    }
    expect(await engine.reading.get(ours, id)).toMatchObject({
      state: 'draft',
      why: 'preparation-failed',
      nextStep: expect.stringContaining('Prepare it again'),
    });
    expect(await all.advanceAll()).toBe(false);

    expect(await engine.prepare(id)).toMatchObject({ state: 'prepared', why: null, expectedMessages: 3 });
    await engine.assertCounters(id);

    async function step(): Promise<string | undefined> {
      const [row] = await engine.service.database.inTenant(ours, (tx) =>
        tx.query<{ step: string }>('select step from preparations'),
      );
      return row?.step;
    }
  });
});
