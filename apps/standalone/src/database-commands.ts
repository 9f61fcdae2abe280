import { bootstrap, migrate } from '@mailrun/platform-persistence';
import { rolePassword, type DatabaseSettings, type InstallationSettings } from '@mailrun/platform-runtime';
import { definitionsMigrations } from '@mailrun/service-definitions';
import { dispatcherMigrations } from '@mailrun/service-dispatcher';
import { gatewayMigrations } from '@mailrun/service-gateway';
import { runsMigrations } from '@mailrun/service-runs';

type Settings = { readonly installation: InstallationSettings; readonly database: DatabaseSettings };

/** Makes schemas and roles, as the owner. */
export async function bootstrapAll({ installation, database }: Settings): Promise<void> {
  await bootstrap({
    ownerUrl: database.url,
    prefix: installation.prefix,
    passwordOf: (service) => rolePassword(database.roleSecret, service),
  });
}

/** Brings every schema up to date, as the owner. */
export async function migrateAll({ installation, database }: Settings): Promise<void> {
  const all = {
    gateway: gatewayMigrations,
    definitions: definitionsMigrations,
    runs: runsMigrations,
    dispatcher: dispatcherMigrations,
  } as const;
  for (const [service, migrations] of Object.entries(all)) {
    const name = service as keyof typeof all;
    await migrate({ ownerUrl: database.url, prefix: installation.prefix, service: name, migrations }).catch(
      explain,
    );
  }
}

/** PostgreSQL's code for a schema that is not there. */
const noSchema = '3F000';

function explain(error: unknown): never {
  if ((error as { code?: unknown }).code !== noSchema) throw error;
  throw new Error('The database has no schemas of Mailrun yet. Run `mailrun bootstrap` first.', {
    cause: error,
  });
}
