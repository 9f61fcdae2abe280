import { readSettings } from '@mailrun/platform-config';
import { claimLimitsOf, retriesOf } from './bus-tuning.js';
import { busSettings } from './runtime-settings.js';

const read = (environment: Readonly<Record<string, string>>) =>
  readSettings(environment, { bus: busSettings }).bus;

describe('the settings of the bus', () => {
  it('say how often and how long is waited', () => {
    const settings = read({
      MAILRUN_BUS_BUG_TRIES: '5',
      MAILRUN_BUS_BUG_RETRY_DELAY_MS: '20',
      MAILRUN_BUS_OUTAGE_PAUSE_MS: '50',
      MAILRUN_BUS_OUTAGE_PAUSE_MAX_MS: '700',
    });
    expect(retriesOf(settings)).toEqual({
      triesOfBugs: 5,
      retryDelayMs: 20,
      outagePauseMs: { first: 50, longest: 700 },
    });
  });

  it('say which bodies travel as blobs', () => {
    const settings = read({ MAILRUN_BUS_INLINE_MAX_BYTES: '1000', MAILRUN_BUS_BODY_MAX_BYTES: '2000000' });
    expect(claimLimitsOf(settings)).toEqual({ inlineBytes: 1000, maxBytes: 2_000_000 });
  });

  it('are refused where the longest pause is shorter than the first, or no broker is named', () => {
    expect(() =>
      read({ MAILRUN_BUS_OUTAGE_PAUSE_MS: '500', MAILRUN_BUS_OUTAGE_PAUSE_MAX_MS: '400' }),
    ).toThrow('MAILRUN_BUS_OUTAGE_PAUSE_MAX_MS');
    expect(() => read({ KAFKA_BROKERS: ' , ' })).toThrow('KAFKA_BROKERS');
  });
});
