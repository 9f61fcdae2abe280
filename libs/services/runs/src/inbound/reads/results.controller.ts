import { Controller } from '@nestjs/common';
import { Readable } from 'node:stream';
import { listMessageResults, streamMessageResultsCsv, streamMessageResultsNdjson } from '@mailrun/contracts';
import { Serves, decodeCursor, pageOfRows, type Call, type HttpAnswer } from '@mailrun/platform-http';
import { ReadResults } from '../../application/read-results/read-results.use-case.js';
import { csvHeader, csvLine, ndjsonLine } from '../../application/read-results/result-lines.js';

@Controller()
export class ResultsController {
  constructor(private readonly results: ReadResults) {}

  @Serves(listMessageResults)
  async list({ context, params, query }: Call<typeof listMessageResults>): Promise<HttpAnswer> {
    const { limit, cursor, ...filter } = query;
    const after = decodeCursor(cursor, 1)?.[0] as string | undefined;
    const results = await this.results.page(context.tenantId, params.id, filter, limit + 1, after);
    return {
      body: pageOfRows(
        results,
        limit,
        (result) => [result.id],
        (result) => result,
      ),
    };
  }

  @Serves(streamMessageResultsCsv)
  async csv({ context, params }: Call<typeof streamMessageResultsCsv>): Promise<HttpAnswer> {
    const lines = await this.results.lines(context.tenantId, params.id, csvLine, csvHeader);
    const headers = { 'content-disposition': `attachment; filename="results-${params.id}.csv"` };
    return { stream: Readable.from(lines, { objectMode: false }), headers };
  }

  @Serves(streamMessageResultsNdjson)
  async ndjson({ context, params }: Call<typeof streamMessageResultsNdjson>): Promise<HttpAnswer> {
    const lines = await this.results.lines(context.tenantId, params.id, ndjsonLine);
    return { stream: Readable.from(lines, { objectMode: false }) };
  }
}
