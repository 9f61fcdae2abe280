import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { Import, ImportKind } from '@mailrun/contracts';
import { Database, recordAudit, type ActContext } from '@mailrun/platform-persistence';
import { MergeClusters } from '../merge-clusters/merge-clusters.js';
import { MergeCustomers } from '../merge-customers/merge-customers.js';
import { MergeInvoices } from '../merge-invoices/merge-invoices.js';
import { ImportReads } from '../ports/import-reads.port.js';
import { ImportStore } from '../ports/import-store.port.js';
import { ClusterLines } from './cluster-lines.js';
import { CustomerLines } from './customer-lines.js';
import { InvoiceLines } from './invoice-lines.js';
import { lineBatches } from './line-batches.js';
import type { LineImport } from './line-import.js';
import { maxLineBytes, parseLine, type ParsedLine } from './parse-line.js';
import { RefusalTally } from './refusal-tally.js';
import { retryRolledBack } from './retry-rolled-back.js';

const limits = { maxLines: 500, maxBytes: 4 * 1024 * 1024, maxLineBytes, maxWaitMs: 5_000 };

/** What one import carries from batch to batch. */
interface Session<Value> {
  readonly tenantId: string;
  readonly importId: string;
  readonly lines: LineImport<Value>;
  readonly tally: RefusalTally;
}

/**
 * Reads a stream of JSON lines and merges them by code, a batch in each transaction together with its counts. A bad
 * line is refused, the others go on. When the stream is cut, what came before it stays.
 */
@Injectable()
export class ImportLines {
  constructor(
    private readonly database: Database,
    private readonly imports: ImportStore,
    private readonly reads: ImportReads,
    private readonly mergeClusters: MergeClusters,
    private readonly mergeCustomers: MergeCustomers,
    private readonly mergeInvoices: MergeInvoices,
  ) {}

  async execute(context: ActContext, kind: ImportKind, stream: Readable): Promise<Import> {
    switch (kind) {
      case 'clusters':
        return this.run(context, kind, new ClusterLines(this.mergeClusters), stream);
      case 'customers':
        return this.run(context, kind, new CustomerLines(this.mergeCustomers), stream);
      case 'invoices':
        return this.run(context, kind, new InvoiceLines(this.mergeInvoices), stream);
    }
  }

  private async run<Value>(
    context: ActContext,
    kind: ImportKind,
    lines: LineImport<Value>,
    stream: Readable,
  ): Promise<Import> {
    const { tenantId } = context;
    const importId = await this.begin(context, kind);
    const session = { tenantId, importId, lines, tally: new RefusalTally() };
    try {
      let wasCut = false;
      // One batch is parsed while the database has the one before.
      let applied = Promise.resolve();
      for await (const batch of lineBatches(stream, limits)) {
        const parsed = batch.lines.map((line) => parseLine(lines.schema, line));
        await applied;
        applied = this.applyBatch(session, parsed);
        // Awaited in the next round: until then its failure is not one that nobody handles.
        applied.catch(() => undefined);
        wasCut = batch.wasCut;
      }
      await applied;
      const rest = lines.rest();
      for (let start = 0; start < rest.length; start += limits.maxLines) {
        await this.applyBatch(session, rest.slice(start, start + limits.maxLines));
      }
      return await this.end(session, wasCut ? 'interrupted' : 'completed');
    } catch (error) {
      // What broke the import is what the caller must hear. If this fails too, its silence shows it as interrupted.
      await this.end(session, 'interrupted').catch(() => undefined);
      throw error;
    }
  }

  private begin(context: ActContext, kind: ImportKind): Promise<string> {
    return this.database.inTenant(context.tenantId, async (tx) => {
      const importId = await this.imports.begin(tx, context.tenantId, kind);
      await recordAudit(tx, context, {
        action: 'import.started',
        subject: `import/${importId}`,
        after: { kind },
      });
      return importId;
    });
  }

  private async applyBatch<Value>(
    { tenantId, importId, lines, tally }: Session<Value>,
    parsed: readonly ParsedLine<Value>[],
  ): Promise<void> {
    const good = parsed.filter((line) => 'value' in line);
    const bad = parsed.flatMap((line) =>
      'value' in line ? [] : [{ line: line.line, outcome: 'refused' as const, faults: line.faults }],
    );
    const mergeIn = good.length > 0 ? await lines.prepare(tenantId, good) : () => Promise.resolve([]);
    await retryRolledBack(() =>
      this.database.inTenant(tenantId, async (tx) => {
        const { counts, refusals } = tally.count([...bad, ...(await mergeIn(tx))]);
        await this.imports.add(tx, tenantId, importId, counts, refusals);
      }),
    );
  }

  private end({ tenantId, importId }: Session<unknown>, state: 'completed' | 'interrupted'): Promise<Import> {
    return this.database.inTenant(tenantId, async (tx) => {
      await this.imports.end(tx, tenantId, importId, state);
      return (await this.reads.find(tx, tenantId, importId))!;
    });
  }
}
