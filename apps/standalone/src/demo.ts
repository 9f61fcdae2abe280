import { readFile, rename, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ChangeTenant } from '@mailrun/service-gateway';
import { errorText } from './error-text.js';
import { MailCatcher } from './mail-catcher/mail-catcher.js';
import { runSample } from './sample/run-sample.js';
import { startStandalone, type Standalone } from './standalone.js';

const { values } = parseArgs({
  options: {
    exit: { type: 'boolean', default: false },
    port: { type: 'string' },
    data: { type: 'string', default: '.data/demo' },
    'connection-file': { type: 'string' },
  },
});
const startedAt = performance.now();
const say = (line: string) => process.stdout.write(`${line}\n`);

/** What the sample must come to: Chinook's C0057 is suspended, C0058 has no password, C0059 has no address. */
const expected = {
  selected: 412,
  sent: 392,
  skipped: { 'no-recipient': 6, 'no-password': 7, 'customer-suspended': 7 },
};

/** The tenant's API key is kept beside its data, so that the demo can be started again. */
async function apiKeyOf({ folder, running }: Standalone): Promise<string> {
  const file = folder.file('demo.json');
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept !== undefined) return (JSON.parse(kept) as { apiKey: string }).apiKey;
  const tenants = running.internal.get(ChangeTenant, { strict: false });
  const { apiKey } = await tenants.create(
    {
      name: 'Chinook',
      mode: 'test',
      testAddresses: ['test@chinook.example'],
      allowedBccDomains: [],
      locale: 'en',
      timeZone: 'UTC',
    },
    'demo',
  );
  await writeFile(file, JSON.stringify({ apiKey }), { mode: 0o600 });
  return apiKey;
}

async function writeConnectionFile(path: string, content: object): Promise<void> {
  // Moved into place: a script that waits for the file never reads half of it.
  await writeFile(`${path}.part`, JSON.stringify(content), { mode: 0o600 });
  await rename(`${path}.part`, path);
}

const ending = new AbortController();
let standalone: Standalone | undefined;
const catcher = new MailCatcher();
async function stop(): Promise<void> {
  await standalone?.stop();
  await catcher.stop();
}

let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (isInterrupted) process.exit(130);
    isInterrupted = true;
    say('\nStopping …');
    ending.abort(new Error('The demo was stopped.'));
  });
}

async function demo(): Promise<boolean> {
  say('Starting Mailrun with an embedded PostgreSQL …');
  const environment = {
    MAILRUN_LOG_LEVEL: 'warn',
    MAILRUN_MANAGEMENT_PORT: '0',
    MAILRUN_GATEWAY_HOST: '127.0.0.1',
    ...process.env,
    MAILRUN_GATEWAY_PORT: values.port ?? process.env['MAILRUN_GATEWAY_PORT'] ?? '8080',
  };
  standalone = await startStandalone(values.data, environment);
  await catcher.start({
    folder: standalone.folder.file('mail-catcher'),
    onFault: (error) => standalone?.running.logger.warn('The mail catcher met a fault.', {}, error),
  });
  const apiKey = await apiKeyOf(standalone);
  const { api } = standalone;
  if (values['connection-file'] !== undefined) {
    await writeConnectionFile(values['connection-file'], { api, mailCatcher: catcher.url, apiKey });
  }
  const result = await runSample({
    api,
    apiKey,
    mailCatcher: catcher.smtpAddress,
    write: (text) => process.stdout.write(text),
    isTty: process.stdout.isTTY === true,
    signal: ending.signal,
  });
  const { count } = await (
    await fetch(`${catcher.url}/api/count`)
  )
    .json()
    .then((body) => ({ count: (body as { mails: number }).mails }));
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  const { selected, sent, skipped } = result;
  const outcome = { selected, sent, skipped, received: count, seconds };
  const isAsExpected =
    selected === expected.selected &&
    sent === expected.sent &&
    count === expected.sent &&
    Object.keys(skipped).length === Object.keys(expected.skipped).length &&
    Object.entries(expected.skipped).every(
      ([reason, number]) => skipped[reason as keyof typeof skipped] === number,
    );
  say('');
  say(`API and reference   ${api}/v1/docs`);
  say(`Mail catcher        ${catcher.url}`);
  say(`API key             ${apiKey}`);
  if (values.exit) {
    await stop();
    say(JSON.stringify(outcome));
    return isAsExpected;
  }
  say('Everything keeps running until Ctrl-C.');
  await new Promise<void>((done) => {
    if (ending.signal.aborted) done();
    ending.signal.addEventListener('abort', () => done(), { once: true });
  });
  await stop();
  return true;
}

try {
  process.exit((await demo()) ? 0 : 1);
} catch (error) {
  if (!ending.signal.aborted) process.stderr.write(`${errorText(error)}\n`);
  await stop();
  process.exit(ending.signal.aborted ? 130 : 1);
}
