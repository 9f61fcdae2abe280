/**
 * Share of the configured rate that is used. A mail may leave a little after its slot ({@link slotLifeMs}), so that
 * a minute could hold one or two more than it should; half a percent makes up for that.
 */
const usedShare = 0.995;

/** A slot that was not used for this long is lost: used later, it would make a burst. */
export const slotLifeMs = 250;

/** Time between two mails at a rate; 0 when there is no limit. */
export const slotIntervalMs = (messagesPerMinute: number | undefined): number =>
  messagesPerMinute === undefined ? 0 : 60_000 / (messagesPerMinute * usedShare);
