import {
  defineSettings,
  flag,
  integer,
  list,
  milliseconds,
  text,
  type SettingsOf,
} from '@mailrun/platform-config';

/** Settings of the dispatcher; times are in milliseconds. */
export const dispatcherSettings = defineSettings({
  area: 'dispatcher',
  settings: {
    forceTest: flag({
      default: false,
      description: 'Only mails of tenants in test mode leave this installation, whatever the tenants say.',
    }),
    leaseMs: milliseconds({
      min: 2_000,
      max: 600_000,
      default: 15_000,
      description:
        'A mail that is being sent counts as abandoned when its process gave no sign of life for this long.',
    }),
    pollMs: milliseconds({
      min: 20,
      max: 60_000,
      default: 250,
      description: 'How often the queue is looked at when nothing announces work.',
    }),
    mailsPerConnection: integer({
      min: 1,
      max: 100_000,
      default: 500,
      description: 'Mails sent over one SMTP connection before a new one is opened.',
    }),
    idleConnectionMs: milliseconds({
      min: 0,
      max: 300_000,
      default: 5_000,
      description: 'How long an SMTP connection without work is kept open.',
    }),
    maxBytesInFlight: integer({
      min: 1_048_576,
      max: 8_589_934_592,
      default: 67_108_864,
      description: 'Sealed mails held in memory at one time, over all conversations, in bytes.',
    }),
    clientName: text({
      optional: true,
      description: 'Host name given in EHLO (RFC 5321 4.1.1.1); the name of the machine where left out.',
    }),
    trustedCertificates: list({
      default: [],
      description: 'Files with certificates (PEM) of authorities to trust beside those of Node.js.',
    }),
    connectTimeoutMs: milliseconds({
      min: 100,
      max: 300_000,
      default: 10_000,
      description: 'How long opening a connection to a mail server may take.',
    }),
    replyTimeoutMs: milliseconds({
      min: 500,
      max: 600_000,
      default: 300_000,
      description:
        'How long to wait for the greeting and for the answer to each command before the final dot (RFC 5321 4.5.3.2).',
    }),
    firstRetryMs: milliseconds({
      min: 100,
      max: 3_600_000,
      default: 60_000,
      description:
        'When a mail that the server put off is tried again for the first time; later tries wait 5, 15, 30 and 60 times as long.',
    }),
    finalReplyTimeoutMs: milliseconds({
      min: 1_000,
      max: 3_600_000,
      default: 600_000,
      description:
        'How long to wait for the answer to a whole mail. Less than ten minutes makes duplicates (RFC 5321 4.5.3.2.6).',
    }),
  },
});
export type DispatcherSettings = SettingsOf<typeof dispatcherSettings>;
