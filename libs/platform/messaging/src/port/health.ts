/** State of a transport, for liveness and readiness probes. */
export interface MessagingHealth {
  /** False when only a restart helps: the consumer ended for good, or nothing moved for too long. */
  readonly live: boolean;
  /** False while an outage pauses work, or the transport is not (yet, or any more) connected. */
  readonly ready: boolean;
  /** For people: what is paused since when and why. */
  readonly detail: Readonly<Record<string, unknown>>;
}
