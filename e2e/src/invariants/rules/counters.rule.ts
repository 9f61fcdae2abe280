import type { MessageRun } from '@mailrun/contracts';
import type { Rule } from '../evidence.js';

type Counts = MessageRun['messages'];

/** The counters that a run shows are what counting its rows gives. */
export const countersEqualRows: Rule = ({ companies }) =>
  companies.flatMap(({ name, runs }) =>
    runs.flatMap(({ run, results, messages }) => [
      ...differences(run.invoices, results).map((fault) => `${name}, run ${run.id}, invoices: ${fault}`),
      ...differences(run.messages, messages).map((fault) => `${name}, run ${run.id}, messages: ${fault}`),
    ]),
  );

function differences(counters: Counts, rows: readonly { status: string; reason: string | null }[]): string[] {
  const label = ({ status, reason }: { status: string; reason: string | null }) =>
    reason === null ? status : `${status} (${reason})`;
  const shown = new Map<string, number>();
  for (const count of counters) {
    if (count.count > 0) shown.set(label(count), (shown.get(label(count)) ?? 0) + count.count);
  }
  const counted = new Map<string, number>();
  for (const row of rows) counted.set(label(row), (counted.get(label(row)) ?? 0) + 1);
  return [...new Set([...shown.keys(), ...counted.keys()])].flatMap((state) => {
    const [is, says] = [counted.get(state) ?? 0, shown.get(state) ?? 0];
    return is === says ? [] : [`${is} are ${state}, and the counter says ${says}`];
  });
}
