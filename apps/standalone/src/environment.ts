import { EmbeddedPostgres } from '@mailrun/platform-embedded-postgres';
import { secretNames, type DataFolder } from './data-folder.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the user did not set: secrets from the data folder, and places below it. */
async function withDefaults(folder: DataFolder, environment: Environment): Promise<Record<string, string>> {
  const set = Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => (entry[1] ?? '') !== ''),
  );
  const hasSecrets = secretNames.every((name) => set[name] !== undefined);
  return {
    ...(!hasSecrets && (await folder.secrets())),
    MAILRUN_BLOBS_FOLDER: folder.file('blobs'),
    MAILRUN_INTERNAL_HOST: '127.0.0.1',
    MAILRUN_INTERNAL_PORT: '0',
    MAILRUN_MANAGEMENT_HOST: '127.0.0.1',
    // The bus inside the process loses its outcomes with it: after a crash they are asked for soon.
    ...(set['KAFKA_BROKERS'] === undefined && { MAILRUN_RUNS_ASK_AFTER_MS: '15000' }),
    ...set,
  };
}

/** The whole environment of the standalone shape, with an embedded PostgreSQL where no `DATABASE_URL` is given. */
export async function openEnvironment(
  folder: DataFolder,
  environment: Environment,
): Promise<{ environment: Record<string, string>; close: () => Promise<void> }> {
  const values = await withDefaults(folder, environment);
  if (values['DATABASE_URL'] !== undefined) return { environment: values, close: () => Promise.resolve() };
  const server = await EmbeddedPostgres.start({ folder: folder.file('postgres') });
  return { environment: { ...values, DATABASE_URL: server.url() }, close: () => server.stop() };
}

/**
 * The same beside a running installation, for commands: its embedded server is used when it runs, and started for the
 * time of the command when it does not.
 */
export async function joinEnvironment(
  folder: DataFolder,
  environment: Environment,
): Promise<{ environment: Record<string, string>; close: () => Promise<void> }> {
  const running = await EmbeddedPostgres.find(folder.file('postgres'));
  if (running === undefined || (environment['DATABASE_URL'] ?? '') !== '')
    return openEnvironment(folder, environment);
  const values = { ...(await withDefaults(folder, environment)), DATABASE_URL: running.url() };
  return { environment: values, close: () => Promise.resolve() };
}
