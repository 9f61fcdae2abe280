import type { InProcessOptions, KafkaMessagingOptions } from '@mailrun/platform-messaging';
import type { BusSettings } from './runtime-settings.js';

/** What becomes of records that can't be handled now, in both shapes. */
export function retriesOf(
  settings: BusSettings,
): Required<Pick<InProcessOptions, 'triesOfBugs' | 'retryDelayMs' | 'outagePauseMs'>> {
  return {
    triesOfBugs: settings.bugTries,
    retryDelayMs: settings.bugRetryDelayMs,
    outagePauseMs: { first: settings.outagePauseMs, longest: settings.outagePauseMaxMs },
  };
}

/** How large bodies travel over Kafka. */
export function claimLimitsOf(
  settings: BusSettings,
): Required<NonNullable<KafkaMessagingOptions['claimLimits']>> {
  return { inlineBytes: settings.inlineMaxBytes, maxBytes: settings.bodyMaxBytes };
}
