import { Controller } from '@nestjs/common';
import { getImport, listImportRefusals, listImports, startImport } from '@mailrun/contracts';
import { Serves, decodeCursor, pageOfRows, type Call, type HttpAnswer } from '@mailrun/platform-http';
import { Database } from '@mailrun/platform-persistence';
import { ImportLines } from '../../application/import-lines/import-lines.use-case.js';
import { ImportReads } from '../../application/ports/import-reads.port.js';
import { importNotFound } from '../../domain/billing/refusals.js';

@Controller()
export class ImportsController {
  constructor(
    private readonly database: Database,
    private readonly imports: ImportReads,
    private readonly importLines: ImportLines,
  ) {}

  @Serves(startImport)
  async start({ context, params, content }: Call<typeof startImport>): Promise<HttpAnswer> {
    return { body: await this.importLines.execute(context, params.kind, content.stream) };
  }

  @Serves(listImports)
  async list({ context: { tenantId }, query }: Call<typeof listImports>): Promise<HttpAnswer> {
    const before = decodeCursor(query.cursor, 1)?.[0] as string | undefined;
    const rows = await this.database.inTenant(tenantId, (tx) =>
      this.imports.list(tx, tenantId, query.limit + 1, before),
    );
    return {
      body: pageOfRows(
        rows,
        query.limit,
        (row) => [row.id],
        (row) => row,
      ),
    };
  }

  @Serves(getImport)
  async get({ context: { tenantId }, params }: Call<typeof getImport>): Promise<HttpAnswer> {
    const found = await this.database.inTenant(tenantId, (tx) => this.imports.find(tx, tenantId, params.id));
    if (found === undefined) throw importNotFound();
    return { body: found };
  }

  @Serves(listImportRefusals)
  async listRefusals({
    context: { tenantId },
    params,
    query,
  }: Call<typeof listImportRefusals>): Promise<HttpAnswer> {
    const position = decodeCursor(query.cursor, 2);
    const after = position && ([Number(position[0]), Number(position[1])] as const);
    const rows = await this.database.inTenant(tenantId, async (tx) => {
      if ((await this.imports.find(tx, tenantId, params.id)) === undefined) throw importNotFound();
      return this.imports.listRefusals(tx, tenantId, params.id, { limit: query.limit, after });
    });
    return {
      body: pageOfRows(
        rows,
        query.limit,
        (row) => [row.line, row.position],
        ({ line, pointer, code, detail }) => ({ line, pointer, code, detail }),
      ),
    };
  }
}
