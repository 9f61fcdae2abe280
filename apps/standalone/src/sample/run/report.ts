import type { DryRun, MessageRun } from '@mailrun/contracts';
import { formatDuration } from './progress.js';

export interface SampleResult {
  readonly runId: string;
  /** Invoices that the run looked at. */
  readonly selected: number;
  readonly sent: number;
  /** Invoices that are neither sent nor skipped. */
  readonly other: number;
  /** By reason. */
  readonly skipped: Readonly<Record<string, number>>;
}

/** Counted in invoices. */
export function resultOf(run: MessageRun): SampleResult {
  const sum = (counts: MessageRun['invoices']) => counts.reduce((total, { count }) => total + count, 0);
  const skippedOnes = run.invoices.filter(({ status }) => status === 'skipped');
  const skipped: Record<string, number> = {};
  for (const { reason, count } of skippedOnes)
    skipped[reason ?? 'unknown'] = (skipped[reason ?? 'unknown'] ?? 0) + count;
  const selected = sum(run.invoices);
  const sent = sum(run.invoices.filter(({ status }) => status === 'sent'));
  return { runId: run.id, selected, sent, other: selected - sent - sum(skippedOnes), skipped };
}

const final = new Set(['sent', 'skipped', 'failed', 'partly-sent', 'uncertain', 'stopped']);

/** How many messages of the run need nothing more. */
export function doneMessages(run: MessageRun): number {
  return run.messages
    .filter(({ status }) => final.has(status))
    .reduce((total, { count }) => total + count, 0);
}

const megabytes = (bytes: number) => `${(bytes / 1_000_000).toFixed(1)} MB`;

export function dryRunLines({
  invoices,
  messages,
  attachmentBytes,
  expectedSeconds,
  notLookedAt,
}: DryRun): string[] {
  const row = (count: number, text: string) => `  ${String(count).padStart(6)}  ${text}`;
  const notLooked = [
    row(notLookedAt.notApproved, 'not looked at: not approved yet'),
    row(notLookedAt.periodEndsOutside, 'not looked at: the period ends outside'),
    row(notLookedAt.mailedBefore, 'of these were mailed before, says the import'),
    ...notLookedAt.notTheGroup.map(({ reason, count }) => row(count, `not looked at: ${reason}`)),
  ].filter((line) => !line.startsWith(row(0, '')));
  return [
    'Dry run: nothing was sent yet.',
    row(invoices.lookedAt, 'invoices looked at'),
    row(
      invoices.toSend,
      `invoices to send, in ${messages.toSend} messages, ${megabytes(attachmentBytes)} of documents`,
    ),
    ...invoices.skipped.map(({ count, reason, statusText }) =>
      row(count, `skipped, ${reason}: ${statusText}`),
    ),
    ...notLooked,
    ...(expectedSeconds === null
      ? []
      : [`  At the mail server's limits this takes ${formatDuration(expectedSeconds)}.`]),
  ];
}

export function resultLines(run: MessageRun): string[] {
  const rows = run.invoices.map(
    ({ status, reason, count }) => [status, reason ?? '', String(count)] as const,
  );
  return [
    `Results by invoice: the run is ${run.state}.`,
    `  ${'status'.padEnd(12)}${'reason'.padEnd(24)}${'invoices'.padStart(8)}`,
    ...rows.map(
      ([status, reason, count]) => `  ${status.padEnd(12)}${reason.padEnd(24)}${count.padStart(8)}`,
    ),
  ];
}
