import {
  choice,
  defineSettings,
  flag,
  integer,
  list,
  milliseconds,
  text,
  url,
  type SettingsOf,
} from '@mailrun/platform-config';

export const installationSettings = defineSettings({
  area: 'installation',
  settings: {
    prefix: text({
      default: 'mailrun',
      maxLength: 31,
      description:
        'Prefix of topics, consumer groups, schemas and database roles: two installations can share a broker and a database server.',
    }),
  },
});

export const databaseSettings = defineSettings({
  area: 'database',
  settings: {
    url: text({
      env: 'DATABASE_URL',
      secret: true,
      description:
        'PostgreSQL (15 or later). Commands and `npm start` use it as it is, as the owner; a service connects to the same server and database as its own role.',
    }),
    roleSecret: text({
      secret: true,
      minLength: 32,
      description:
        'Secret of at least 32 characters from which the passwords of the services’ database roles are derived; the same for `bootstrap` and all services.',
    }),
    poolSize: integer({
      min: 2,
      max: 200,
      default: 10,
      description: 'Connections of each service of a process.',
    }),
  },
});

const brokersDescription =
  'Kafka brokers as host:port,host:port. Without them the bus of `npm start` is inside its process.';

export const busSettings = defineSettings({
  area: 'bus',
  settings: {
    brokers: list({
      env: 'KAFKA_BROKERS',
      optional: true,
      description: brokersDescription,
    }),
    tls: flag({ default: false, description: 'Speak TLS with the brokers.' }),
    saslMechanism: choice(['plain', 'scram-sha-256', 'scram-sha-512'], {
      optional: true,
      description: 'How to log in to the brokers.',
    }),
    saslUser: text({ optional: true, description: 'User at the brokers.' }),
    saslPassword: text({ optional: true, secret: true, description: 'Password at the brokers.' }),
    sessionTimeoutMs: milliseconds({
      min: 500,
      max: 300_000,
      default: 10_000,
      description: 'A killed process’s records are taken over by others after this time.',
    }),
    partitions: integer({
      min: 1,
      max: 1000,
      default: 12,
      description:
        'Partitions of topics that the `topics` command makes: the most replicas of a service that share work.',
    }),
    replicationFactor: integer({
      min: 1,
      max: 10,
      default: 1,
      description: 'Replicas of topics that `topics` makes.',
    }),
    bugTries: integer({
      min: 1,
      max: 100,
      default: 3,
      description:
        'A record by which its handler fails for no known reason goes to the dead letter after so many tries.',
    }),
    bugRetryDelayMs: milliseconds({
      min: 0,
      max: 60_000,
      default: 100,
      description: 'Time between those tries.',
    }),
    outagePauseMs: milliseconds({
      min: 10,
      max: 60_000,
      default: 200,
      description:
        'While a database, store or broker is away, records wait: first for this time, then twice as long, …',
    }),
    outagePauseMaxMs: milliseconds({
      min: 10,
      max: 600_000,
      default: 5000,
      description: '… and never longer than this.',
    }),
    inlineMaxBytes: integer({
      min: 0,
      max: 800 * 1024,
      default: 256 * 1024,
      description: 'Bodies up to this size travel inside their Kafka record, larger ones as blobs.',
    }),
    bodyMaxBytes: integer({
      min: 1024 * 1024,
      max: 1024 * 1024 * 1024,
      default: 64 * 1024 * 1024,
      description: 'Larger bodies are refused on both sides, so that none fills the memory of a consumer.',
    }),
    stuckAfterMs: milliseconds({
      min: 10_000,
      max: 24 * 60 * 60 * 1000,
      default: 600_000,
      description:
        'A Kafka consumer that made no progress for so long fails its liveness check, so that its process is started anew.',
    }),
  },
  check: (values) => ({
    ...(values.outagePauseMs > values.outagePauseMaxMs && {
      outagePauseMaxMs: 'give at least MAILRUN_BUS_OUTAGE_PAUSE_MS',
    }),
    ...(values.brokers?.length === 0 && { brokers: 'give host:port,host:port' }),
    ...(values.saslMechanism !== undefined &&
      (values.saslUser === undefined || values.saslPassword === undefined) && {
        saslUser: 'goes with the mechanism: give user and password',
      }),
  }),
});

/** The same for a service in a process of its own: it reaches the others over Kafka only. */
export const kafkaBusSettings = defineSettings({
  ...busSettings,
  settings: {
    ...busSettings.settings,
    brokers: list({ env: 'KAFKA_BROKERS', description: brokersDescription }),
  },
});

const address = (service: string) =>
  url({
    protocols: ['http', 'https'],
    optional: true,
    description: `Internal address of the ${service} service.`,
  });

export const internalSettings = defineSettings({
  area: 'internal',
  settings: {
    tokenSecret: text({
      secret: true,
      minLength: 32,
      description: 'Secret of at least 32 characters by which services trust each other; the same in all.',
    }),
    host: text({
      default: '0.0.0.0',
      description: 'Address of the internal listener; it must not be public.',
    }),
    port: integer({ min: 0, max: 65_535, default: 8081, description: 'Port of the internal listener.' }),
    gatewayUrl: address('gateway'),
    definitionsUrl: address('definitions'),
    runsUrl: address('runs'),
    rendererUrl: address('renderer'),
    dispatcherUrl: address('dispatcher'),
  },
});

export const gatewaySettings = defineSettings({
  area: 'gateway',
  settings: {
    host: text({ default: '0.0.0.0', description: 'Address of the public API.' }),
    port: integer({ min: 0, max: 65_535, default: 8080, description: 'Port of the public API.' }),
    trustProxy: flag({
      default: false,
      description: 'Trust X-Forwarded-* headers of a reverse proxy in front.',
    }),
    requestsPerSecond: integer({
      min: 1,
      max: 100_000,
      default: 200,
      description: 'Calls of one API key, on average.',
    }),
    requestBurst: integer({
      min: 1,
      max: 100_000,
      default: 1000,
      description: 'Calls of one API key at once.',
    }),
  },
});

export type InstallationSettings = SettingsOf<typeof installationSettings>;
export type DatabaseSettings = SettingsOf<typeof databaseSettings>;
export type BusSettings = SettingsOf<typeof busSettings>;
export type InternalSettings = SettingsOf<typeof internalSettings>;
export type GatewaySettings = SettingsOf<typeof gatewaySettings>;
