import type { MessageRun } from '@mailrun/contracts';
import { BackOffice } from './back-office.js';
import { passwordOf, toClusterLine, toCustomerLine, toInvoiceLine } from './billing-data.js';
import { readChinook, type Chinook } from './chinook.js';
import { setUpConfiguration } from './configuration/set-up.js';
import { drawLogo } from './documents/logo.js';
import { uploadInvoices } from './documents/upload-invoices.js';
import { importLines } from './import-lines.js';
import { doneMessages, dryRunLines, resultLines, resultOf, type SampleResult } from './run/report.js';
import { createRun, findRun, followRun, prepareRun, readDryRun, startRun } from './run/sample-run.js';
import { Screen } from './run/screen.js';

export interface SampleOptions {
  /** Base URL of the public API, without `/v1`. */
  readonly api: string;
  /** With all scopes. */
  readonly apiKey: string;
  /** Where mail goes: the only message server that the sample sets up. */
  readonly mailCatcher: { readonly host: string; readonly port: number };
  /** Takes text as it is, line ends included; `process.stdout.write` does. */
  readonly write: (text: string) => void;
  /** Whether what is written stands in a terminal, where a line can be drawn over. */
  readonly isTty: boolean;
  readonly signal: AbortSignal;
  /** Default: all of the Chinook data. */
  readonly data?: Chinook;
}

/**
 * Acts as a billing company's back office, through the public API only: loads the sample, prepares and starts a run
 * of all its invoices, and waits for the end. Called again on the same data it goes on where it was, and mails
 * nothing twice.
 * @throws ApiRefusal, network errors, the signal's reason; an Error when the run does not complete
 */
export async function runSample(options: SampleOptions): Promise<SampleResult> {
  const { signal } = options;
  const office = new BackOffice(options.api.replace(/\/$/, ''), options.apiKey, signal);
  const screen = new Screen(options.write, options.isTty);
  const logo = drawLogo();
  await setUpConfiguration(office, options.mailCatcher, logo);
  screen.line('Message server, sender, templates, transformations and definition are set up.');

  let run = await findRun(office);
  if (run) screen.line(`Going on with the run of an earlier start; it is ${run.state}.`);
  if (!run || run.state === 'draft') {
    await load(office, screen, options.data ?? (await readChinook()), logo);
    run ??= await createRun(office);
    await prepareRun(office, run.id);
  }
  const prepared = await followRun(office, run.id, ['preparing'], signal, () => {});
  if (prepared.state === 'prepared') {
    const dryRun = await readDryRun(office, run.id);
    for (const line of dryRunLines(dryRun)) screen.line(line);
    await startRun(office, run.id, dryRun);
  }
  const ended = await follow(office, screen, prepared, signal);
  for (const line of resultLines(ended)) screen.line(line);
  if (ended.state !== 'completed') throw new Error(`The run is ${ended.state}: ${ended.statusText}`);
  screen.line(`Archives open with the customer's password, for C0001 it is ${passwordOf('C0001')}`);
  return resultOf(ended);
}

async function load(office: BackOffice, screen: Screen, chinook: Chinook, logo: Buffer): Promise<void> {
  const clusters = await importLines(office, 'clusters', chinook.clusters.map(toClusterLine));
  const customers = await importLines(office, 'customers', chinook.customers.map(toCustomerLine));
  const invoices = await importLines(office, 'invoices', chinook.invoices.map(toInvoiceLine));
  screen.line(
    `Imported ${clusters.lines} clusters, ${customers.lines} customers and ${invoices.lines} invoices.`,
  );
  const progress = screen.progress('Uploading PDFs', chinook.invoices.length);
  await uploadInvoices(office, chinook, logo, progress.update);
  progress.end();
}

/** Until the run needs nothing more, or can't go on by itself. */
async function follow(
  office: BackOffice,
  screen: Screen,
  run: MessageRun,
  signal: AbortSignal,
): Promise<MessageRun> {
  if (!['prepared', 'running'].includes(run.state)) return run;
  const progress = screen.progress('Sending', run.expectedMessages ?? 0);
  const ended = await followRun(office, run.id, ['prepared', 'running'], signal, (now) =>
    progress.update(doneMessages(now)),
  );
  progress.end();
  return ended;
}
