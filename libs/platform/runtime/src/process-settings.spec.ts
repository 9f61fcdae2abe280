import { SettingsError, readSettings, type SettingsDefinition } from '@mailrun/platform-config';
import { processAreas, storingProcessAreas } from './process-settings.js';

function faultsOf(
  environment: Readonly<Record<string, string>>,
  areas: Readonly<Record<string, SettingsDefinition>>,
): readonly string[] {
  try {
    readSettings(environment, areas);
    return [];
  } catch (error) {
    return (error as SettingsError).faults.map(({ name, problem }) => `${name} ${problem.split(':')[0]}`);
  }
}

const tokenSecret = 'x'.repeat(32);

describe('the settings of a service on its own', () => {
  it('name all that is missing at once, the brokers among it', () => {
    expect(faultsOf({}, storingProcessAreas).toSorted()).toEqual([
      'DATABASE_URL is required',
      'KAFKA_BROKERS is required',
      'MAILRUN_DATABASE_ROLE_SECRET is required',
      'MAILRUN_INTERNAL_TOKEN_SECRET is required',
    ]);
  });

  it('name secrets that are too short', () => {
    const environment = { KAFKA_BROKERS: 'kafka:9092' };
    expect(faultsOf({ ...environment, MAILRUN_INTERNAL_TOKEN_SECRET: 'short' }, processAreas)).toEqual([
      'MAILRUN_INTERNAL_TOKEN_SECRET give at least 32 characters',
    ]);
  });

  it('want no keys of secrets where none is opened', () => {
    const environment = { KAFKA_BROKERS: 'kafka:9092' };
    expect(faultsOf({ ...environment, MAILRUN_INTERNAL_TOKEN_SECRET: tokenSecret }, processAreas)).toEqual(
      [],
    );
  });
});
