import { defineSettings, integer, milliseconds, type SettingsOf } from '@mailrun/platform-config';

const mebibyte = 1024 * 1024;

export const rendererSettings = defineSettings({
  area: 'renderer',
  settings: {
    sandboxProcesses: integer({
      min: 0,
      max: 64,
      default: 0,
      description: 'Processes that render templates; 0 means one for each processor.',
    }),
    renderTimeoutMs: milliseconds({
      min: 50,
      max: 60_000,
      default: 1000,
      description: 'Time that the templates of one mail or document may take before they are stopped.',
    }),
    isolateMemoryMb: integer({
      min: 16,
      max: 1024,
      default: 64,
      description:
        'Memory of one set of templates, in MiB. A process is ended when it grows by three times as much.',
    }),
    resultMaxCharacters: integer({
      min: 10_000,
      max: 64 * mebibyte,
      default: 2 * mebibyte,
      description: 'Largest body or document that a template may make, in characters.',
    }),
    programsPerProcess: integer({
      min: 1,
      max: 256,
      default: 16,
      description: 'Sets of templates that each process keeps compiled.',
    }),
    stopsBeforeQuarantine: integer({
      min: 1,
      max: 1000,
      default: 2,
      description: 'After so many stopped renderings a template version is not tried for a while.',
    }),
    quarantineMs: milliseconds({
      min: 0,
      max: 24 * 60 * 60 * 1000,
      default: 10 * 60 * 1000,
      description: 'How long such a template version is not tried.',
    }),
    cacheBytes: integer({
      min: mebibyte,
      max: 1024 * mebibyte,
      default: 32 * mebibyte,
      description: "Memory for runs' pinned templates.",
    }),
  },
});
export type RendererSettings = SettingsOf<typeof rendererSettings>;
