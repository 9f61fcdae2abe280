import { parseArgs } from 'node:util';
import { z } from 'zod';
import { addressSchema } from '@mailrun/contracts';
import { assertInstalled } from './assert-installed.js';
import { DataFolder } from './data-folder.js';
import { bootstrapAll, migrateAll } from './database-commands.js';
import { deadLettersCommand } from './dead-letters/index.js';
import { holdMails, reconcileRestored, releaseMails } from './hold-commands.js';
import { joinEnvironment } from './environment.js';
import { readAllSettings, type StandaloneSettings } from './settings.js';
import { makeTopics, readTopicsSettings } from './topics-command.js';
import { withTenants } from './with-tenants.js';

const help = `mailrun <command>

  bootstrap        make schemas and roles in the database of DATABASE_URL, as its owner
  migrate          bring every schema up to date, as the owner
  topics           make the Kafka topics that are missing
  tenants create   --name NAME [--live] [--test-address ADDRESS]… [--locale en] [--time-zone UTC]
                   a new tenant and its first API key, which is shown once
  hold             [--tenant ID] [--note TEXT]
                   the red button: no mail leaves any more, of one tenant or at all; running conversations end
  release          [--tenant ID]
                   let them leave again
  reconcile        --restored-to TIME
                   after the database was restored to that moment: hold as uncertain what may have left since
  dead-letters     list, show, replay or drop what could not be handled: mailrun dead-letters help

Options: --data FOLDER (default .data/mailrun): the data folder of npm start. Settings come from the environment.`;

// Has options of its own.
if (process.argv[2] === 'dead-letters') {
  const lineTo = (stream: NodeJS.WriteStream) => (line: string) => void stream.write(`${line}\n`);
  const terminal = { out: lineTo(process.stdout), note: lineTo(process.stderr) };
  const exitCode = await deadLettersCommand(process.argv.slice(3), process.env, terminal);
  await new Promise((written) => process.stdout.write('', written));
  process.exit(exitCode);
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', default: '.data/mailrun' },
    name: { type: 'string' },
    live: { type: 'boolean', default: false },
    'test-address': { type: 'string', multiple: true, default: [] },
    locale: { type: 'string', default: 'en' },
    'time-zone': { type: 'string', default: 'UTC' },
    tenant: { type: 'string' },
    note: { type: 'string' },
    'restored-to': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);

const commands: Readonly<Record<string, () => Promise<void>>> = {
  bootstrap: () =>
    withDatabase(async (settings) => {
      await bootstrapAll(settings);
      say('Schemas and roles are made.');
    }),
  migrate: () =>
    withDatabase(async (settings) => {
      await migrateAll(settings);
      say('Every schema is up to date.');
    }),
  topics: async () => {
    const made = await makeTopics(readTopicsSettings(process.env));
    say(made.length === 0 ? 'Every topic is there.' : `Made ${made.join(', ')}.`);
  },
  'tenants create': () => withInstallation(createTenant),
  hold: () =>
    withInstallation(async (settings) => {
      await holdMails(settings, tenantOf(values.tenant), values.note);
      say(`Held: no mail of ${values.tenant ?? 'any tenant'} leaves until \`mailrun release\`.`);
    }),
  release: () =>
    withInstallation(async (settings) => {
      const wasHeld = await releaseMails(settings, tenantOf(values.tenant));
      say(wasHeld ? 'Released: mails leave again.' : 'Nothing was held.');
    }),
  reconcile: () =>
    withInstallation(async (settings) => {
      const { mails, runs, messages, drafts } = await reconcileRestored(
        settings,
        momentOf(values['restored-to']),
      );
      say(`${mails} mails are uncertain: they may have left since then.`);
      say(`${messages} messages of ${runs} runs under way become uncertain as soon as the services run.`);
      say(`${drafts} prepared runs are drafts again, because they may have been started.`);
      say('Decide about the uncertain ones, then `mailrun release`: nothing leaves before.');
    }),
};

function tenantOf(given: string | undefined): string | undefined {
  if (given === undefined || z.uuid().safeParse(given).success) return given;
  throw new Error(`--tenant ${given} is no tenant’s id (a UUID).`);
}

function momentOf(given: string | undefined): Date {
  const moment = new Date(given ?? Number.NaN);
  if (!z.iso.datetime({ offset: true }).safeParse(given).success) {
    throw new Error('Give --restored-to, the moment of the backup, for instance 2026-11-20T03:00:00Z.');
  }
  if (moment.getTime() > Date.now()) throw new Error(`--restored-to ${given} lies in the future.`);
  return moment;
}

/** With the database of the environment, or of the data folder: its server is used, or started meanwhile. */
async function withDatabase(work: (settings: StandaloneSettings) => Promise<void>): Promise<void> {
  const { environment, close } = await joinEnvironment(DataFolder.beside(values.data), process.env);
  try {
    await work(readAllSettings(environment));
  } finally {
    await close();
  }
}

/** The same, where Mailrun was set up in it. */
const withInstallation = (work: (settings: StandaloneSettings) => Promise<void>): Promise<void> =>
  withDatabase(async (settings) => {
    await assertInstalled(settings);
    await work(settings);
  });

async function createTenant(settings: StandaloneSettings): Promise<void> {
  const { name, live, locale } = values;
  const testAddresses = values['test-address'];
  if (name === undefined) throw new Error('Give --name, the name of the billing company.');
  for (const address of testAddresses) {
    if (!addressSchema.safeParse(address).success)
      throw new Error(`--test-address ${address} is no mail address.`);
  }
  if (!live && testAddresses.length === 0) {
    throw new Error(
      'Give --test-address: a new tenant is in mode test, and its mail goes there. (Or --live.)',
    );
  }
  const { tenant, apiKey } = await withTenants(settings, (tenants) =>
    tenants.create(
      {
        name,
        mode: live ? 'live' : 'test',
        testAddresses,
        allowedBccDomains: [],
        locale,
        timeZone: values['time-zone'],
      },
      'first key',
    ),
  );
  say(`Tenant ${tenant.name} is made (${tenant.id}), in mode ${tenant.mode}.`);
  say(`Its API key, shown this once: ${apiKey}`);
}

const command = commands[positionals.join(' ')];
if (values.help || command === undefined) {
  say(help);
  process.exit(values.help ? 0 : 2);
}
try {
  await command();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
