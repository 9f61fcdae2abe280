import { createServiceDatabase, type ServiceTestDatabase } from '@mailrun/platform-persistence/testing';
import { NotInstalled, assertInstalled } from './assert-installed.js';
import { bootstrapAll, migrateAll } from './database-commands.js';
import { deadLettersCommand } from './dead-letters/index.js';
import { readAllSettings } from './settings.js';

describe('a command on a database in which nothing was set up', () => {
  let database: ServiceTestDatabase;
  beforeAll(async () => {
    database = await createServiceDatabase('gateway', []);
  });
  afterAll(() => database.drop());

  const environment = (roleSecret = 'r'.repeat(32)) => ({
    DATABASE_URL: database.owner.ownerUrl,
    // Beside the installation that is in there: nothing of this one is.
    MAILRUN_INSTALLATION_PREFIX: `${database.owner.prefix}_new`,
    MAILRUN_DATABASE_ROLE_SECRET: roleSecret,
    MAILRUN_INTERNAL_TOKEN_SECRET: 't'.repeat(32),
    MAILRUN_SECRETS_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
    MAILRUN_BLOBS_FOLDER: '/tmp',
  });
  const settings = (roleSecret?: string) => readAllSettings(environment(roleSecret));

  it('says what to do first, one thing after the other', async () => {
    await expect(assertInstalled(settings())).rejects.toThrow(/`mailrun bootstrap` and `mailrun migrate`/);
    await expect(migrateAll(settings())).rejects.toThrow('Run `mailrun bootstrap` first.');
    const noted: string[] = [];
    const terminal = { out: () => undefined, note: (line: string) => void noted.push(line) };
    expect(await deadLettersCommand(['list'], environment(), terminal)).toBe(1);
    expect(noted).toEqual([new NotInstalled().message]);

    await bootstrapAll(settings());
    await expect(assertInstalled(settings())).rejects.toThrow('is not migrated');
    await migrateAll(settings());
    await assertInstalled(settings());
    await expect(assertInstalled(settings('s'.repeat(32)))).rejects.toThrow('MAILRUN_DATABASE_ROLE_SECRET');
  });
});
