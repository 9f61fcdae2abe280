import { defineSettings, integer, type SettingsOf } from '@mailrun/platform-config';

const mebibyte = 1024 * 1024;

export const packagerSettings = defineSettings({
  area: 'packager',
  settings: {
    inlineMaxBytes: integer({
      min: 0,
      max: 512 * 1024,
      default: 16 * 1024,
      description: 'Sealed mails up to this size travel inside the bus message, larger ones as blobs.',
    }),
    mailMaxBytes: integer({
      min: 64 * 1024,
      max: 512 * mebibyte,
      default: 25 * mebibyte,
      description: 'Larger mails fail before they are sent. Mail servers have limits of their own.',
    }),
    inFlightBytes: integer({
      min: 8 * mebibyte,
      max: 4096 * mebibyte,
      default: 96 * mebibyte,
      description: 'Memory for mails that are being sealed at the same time. Each counts as 1 MiB at least.',
    }),
    cacheBytes: integer({
      min: mebibyte,
      max: 1024 * mebibyte,
      default: 32 * mebibyte,
      description: "Memory for runs' pinned settings and for images, each.",
    }),
  },
});
export type PackagerSettings = SettingsOf<typeof packagerSettings>;
