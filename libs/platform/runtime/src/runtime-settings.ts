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

export const busSettings = defineSettings({
  area: 'bus',
  settings: {
    brokers: list({
      env: 'KAFKA_BROKERS',
      optional: true,
      description: 'Kafka brokers as host:port,host:port. Without them the bus is inside the process.',
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
  },
  check: (values) => ({
    ...(values.saslMechanism !== undefined &&
      (values.saslUser === undefined || values.saslPassword === undefined) && {
        saslUser: 'goes with the mechanism: give user and password',
      }),
  }),
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
