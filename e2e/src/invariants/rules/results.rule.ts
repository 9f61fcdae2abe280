import type { Rule, RunEvidence } from '../evidence.js';

/** Each invoice that a run looked at has exactly one result, carried by messages that know it, or skipped. */
export const oneResultForEachInvoice: Rule = ({ companies }) =>
  companies.flatMap(({ name, runs }) =>
    runs.flatMap((run) => [...faultsOf(run)].map((fault) => `${name}, run ${run.run.id}: ${fault}`)),
  );

function* faultsOf({ run, results, messages }: RunEvidence): Generator<string> {
  const seen = new Set<string>();
  const carried = new Map(messages.map(({ id, invoices }) => [id, invoices.map(({ code }) => code)]));
  for (const { invoiceCode, status, reason, messageIds } of results) {
    if (seen.has(invoiceCode)) yield `invoice ${invoiceCode} has more than one result`;
    seen.add(invoiceCode);
    if (status === 'skipped' && reason === null) yield `invoice ${invoiceCode} is skipped without a reason`;
    if (status !== 'skipped' && messageIds.length === 0)
      yield `invoice ${invoiceCode} is ${status} without a message`;
    for (const id of messageIds) {
      if (carried.get(id)?.includes(invoiceCode) !== true)
        yield `invoice ${invoiceCode} names message ${id}, which does not carry it`;
    }
  }
  const lookedAt = run.invoices.reduce((sum, { count }) => sum + count, 0);
  if (lookedAt !== results.length)
    yield `${lookedAt} invoices were looked at, and ${results.length} results exist`;
  for (const [id, invoices] of carried) {
    for (const code of invoices) {
      if (!seen.has(code)) yield `message ${id} carries invoice ${code}, which has no result`;
    }
  }
}
