import { decimal, defineSettings, milliseconds, type SettingsOf } from '@mailrun/platform-config';

export const runsSettings = defineSettings({
  area: 'runs',
  settings: {
    askAfterMs: milliseconds({
      min: 1000,
      max: 86_400_000,
      default: 600_000,
      description:
        'After how long without news of a mail the dispatcher is asked what became of it; heals lost outcomes.',
    }),
    feedAgainMs: milliseconds({
      min: 200,
      max: 600_000,
      default: 15_000,
      description:
        'After how long a message that was fed and not accepted is fed again; then at doubling intervals up to ten minutes.',
    }),
    maxFailedShare: decimal({
      min: 0.01,
      max: 1,
      default: 0.5,
      description:
        'When more than this share of the last 100 messages of a run failed, it pauses itself; 1: it never does.',
    }),
    pollMs: milliseconds({
      min: 20,
      max: 60_000,
      default: 500,
      description: 'Longest rest of the feeder and the other workers while nothing wakes them.',
    }),
  },
});

/** Type and Nest token in one; see `runsSettings` for what each means. */
export abstract class RunsSettings implements SettingsOf<typeof runsSettings> {
  abstract readonly askAfterMs: number;
  abstract readonly feedAgainMs: number;
  abstract readonly maxFailedShare: number;
  abstract readonly pollMs: number;
}
