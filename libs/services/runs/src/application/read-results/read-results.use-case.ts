import { Injectable } from '@nestjs/common';
import type { MessageResult } from '@mailrun/contracts';
import { ResultReads, type ResultFilter } from '../ports/result-reads.port.js';

const streamedPage = 1000;

/** The results of a run: a page, or all of them as a stream of constant memory. */
@Injectable()
export class ReadResults {
  constructor(private readonly results: ResultReads) {}

  page(
    tenantId: string,
    runId: string,
    filter: ResultFilter,
    limit: number,
    after?: string,
  ): Promise<MessageResult[]> {
    return this.results.page(tenantId, runId, filter, limit, after);
  }

  /** Every result as a line. The first page is read before it returns, so that a missing run is a refusal. */
  async lines(
    tenantId: string,
    runId: string,
    toLine: (result: MessageResult) => string,
    header = '',
  ): Promise<AsyncIterable<string>> {
    const first = await this.results.page(tenantId, runId, {}, streamedPage);
    const next = (after: string) => this.results.page(tenantId, runId, {}, streamedPage, after);
    return (async function* () {
      if (header !== '') yield header;
      for (let page = first; page.length > 0;) {
        yield page.map(toLine).join('');
        const last = page.at(-1);
        page = last === undefined || page.length < streamedPage ? [] : await next(last.id);
      }
    })();
  }
}
