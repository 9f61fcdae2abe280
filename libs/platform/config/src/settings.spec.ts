import {
  SettingsError,
  choice,
  decimal,
  defineSettings,
  describeSettings,
  flag,
  integer,
  list,
  milliseconds,
  parsed,
  readSettings,
  text,
  url,
  type SettingsOf,
} from './index.js';

const storeSettings = defineSettings({
  area: 'blob-store',
  settings: {
    kind: choice(['folder', 's3'], { default: 'folder', description: 'Where blobs are kept.' }),
    s3Endpoint: url({ protocols: ['https', 'http'], optional: true, description: 'The store.' }),
    s3SecretKey: text({ secret: true, minLength: 8, optional: true, description: 'The secret.' }),
    idleTimeoutMs: milliseconds({ min: 100, max: 60_000, default: 15_000, description: 'Longest silence.' }),
    inlineMaxBytes: integer({ min: 0, max: 100_000, default: 16_384, description: 'Above, a blob is made.' }),
    retryShare: decimal({ min: 0, max: 1, default: 0.5, description: 'A share.' }),
    verify: flag({ default: true, description: 'Whether to check.' }),
  },
  check: (values) =>
    values.kind === 's3' && values.s3Endpoint === undefined ? { s3Endpoint: 'is required with s3' } : {},
});

const brokerSettings = defineSettings({
  area: 'kafka',
  settings: {
    brokers: list({ env: 'KAFKA_BROKERS', description: 'Addresses of brokers, host:port.' }),
    keys: parsed(
      'keys',
      (given) => {
        if (!given.startsWith('k:')) throw new Error('write it as k:…');
        return new Map([['k', given.slice(2)]]);
      },
      { secret: true, optional: true, description: 'Keys.' },
    ),
  },
});

const read = (environment: Record<string, string>) =>
  readSettings(environment, { store: storeSettings, kafka: brokerSettings });

function faultsOf(environment: Record<string, string>): Record<string, string> {
  try {
    read(environment);
  } catch (error) {
    if (error instanceof SettingsError) {
      return Object.fromEntries(error.faults.map((fault) => [fault.name, fault.problem]));
    }
    throw error;
  }
  return {};
}

describe('readSettings', () => {
  it('gives defaults, and undefined for what is optional', () => {
    const { store, kafka } = read({ KAFKA_BROKERS: 'a:9092' });
    const typed: SettingsOf<typeof storeSettings> = store;
    expect(typed).toEqual({
      kind: 'folder',
      s3Endpoint: undefined,
      s3SecretKey: undefined,
      idleTimeoutMs: 15_000,
      inlineMaxBytes: 16_384,
      retryShare: 0.5,
      verify: true,
    });
    expect(kafka.keys).toBeUndefined();
  });

  it('reads every kind of value', () => {
    const { store, kafka } = read({
      KAFKA_BROKERS: 'a:9092, b:9092,',
      MAILRUN_KAFKA_KEYS: 'k:1',
      MAILRUN_BLOB_STORE_KIND: 's3',
      MAILRUN_BLOB_STORE_S3_ENDPOINT: 'http://localhost:9000',
      MAILRUN_BLOB_STORE_IDLE_TIMEOUT_MS: ' 100 ',
      MAILRUN_BLOB_STORE_RETRY_SHARE: '0.25',
      MAILRUN_BLOB_STORE_VERIFY: 'false',
    });
    expect(kafka.brokers).toEqual(['a:9092', 'b:9092']);
    expect(kafka.keys?.get('k')).toBe('1');
    expect(store).toMatchObject({
      kind: 's3',
      s3Endpoint: 'http://localhost:9000',
      idleTimeoutMs: 100,
      retryShare: 0.25,
      verify: false,
    });
  });

  it('takes an empty text as not given', () => {
    expect(read({ KAFKA_BROKERS: 'a', MAILRUN_BLOB_STORE_INLINE_MAX_BYTES: '' }).store.inlineMaxBytes).toBe(
      16_384,
    );
    expect(faultsOf({ KAFKA_BROKERS: ' ' })).toHaveProperty('KAFKA_BROKERS');
  });

  it('reports all faults of all areas together', () => {
    expect(
      faultsOf({
        MAILRUN_BLOB_STORE_KIND: 'disk',
        MAILRUN_BLOB_STORE_S3_ENDPOINT: 'ftp://x',
        MAILRUN_BLOB_STORE_S3_SECRET_KEY: 'short',
        MAILRUN_BLOB_STORE_IDLE_TIMEOUT_MS: '99',
        MAILRUN_BLOB_STORE_INLINE_MAX_BYTES: '1e3',
        MAILRUN_BLOB_STORE_RETRY_SHARE: '2',
        MAILRUN_BLOB_STORE_VERIFY: 'yes',
        MAILRUN_KAFKA_KEYS: 'x',
      }),
    ).toEqual({
      MAILRUN_BLOB_STORE_KIND: 'give one of folder, s3',
      MAILRUN_BLOB_STORE_S3_ENDPOINT: 'give a URL like https://host:port',
      MAILRUN_BLOB_STORE_S3_SECRET_KEY: 'give at least 8 characters',
      MAILRUN_BLOB_STORE_IDLE_TIMEOUT_MS: 'give a whole number from 100 to 60000',
      MAILRUN_BLOB_STORE_INLINE_MAX_BYTES: 'give a whole number from 0 to 100000',
      MAILRUN_BLOB_STORE_RETRY_SHARE: 'give a number from 0 to 1',
      MAILRUN_BLOB_STORE_VERIFY: 'give true or false',
      KAFKA_BROKERS: 'is required: Addresses of brokers, host:port.',
      MAILRUN_KAFKA_KEYS: 'write it as k:…',
    });
  });

  it('checks rules over several settings', () => {
    expect(faultsOf({ KAFKA_BROKERS: 'a', MAILRUN_BLOB_STORE_KIND: 's3' })).toEqual({
      MAILRUN_BLOB_STORE_S3_ENDPOINT: 'is required with s3',
    });
  });

  it('never prints a value', () => {
    const value = 'hunter2-hunter2';
    const environment = Object.fromEntries(
      ['KIND', 'S3_ENDPOINT', 'IDLE_TIMEOUT_MS', 'RETRY_SHARE', 'VERIFY'].map((name) => [
        `MAILRUN_BLOB_STORE_${name}`,
        value,
      ]),
    );
    expect(() =>
      read({
        ...environment,
        MAILRUN_KAFKA_KEYS: value,
        MAILRUN_BLOB_STORE_S3_SECRET_KEY: value.repeat(100),
      }),
    ).not.toThrow(value);
  });

  it('gives values that nobody can change', () => {
    expect(Object.isFrozen(read({ KAFKA_BROKERS: 'a' }).store)).toBe(true);
  });
});

describe('describeSettings', () => {
  it('tells documents name, type, unit and default, and no secret', () => {
    const rows = describeSettings(storeSettings);
    expect(rows.map((row) => row.name)).toContain('MAILRUN_BLOB_STORE_S3_SECRET_KEY');
    expect(rows.find((row) => row.name === 'MAILRUN_BLOB_STORE_IDLE_TIMEOUT_MS')).toEqual({
      name: 'MAILRUN_BLOB_STORE_IDLE_TIMEOUT_MS',
      area: 'blob-store',
      type: 'integer, 100 to 60000',
      unit: 'ms',
      default: '15000',
      isRequired: false,
      isSecret: false,
      description: 'Longest silence.',
    });
  });
});
