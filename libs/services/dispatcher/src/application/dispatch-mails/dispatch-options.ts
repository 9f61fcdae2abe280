import { defaultFirstRetryMs } from '../../domain/retry-delay.js';

/** How the send loops behave. Times in milliseconds. */
export class DispatchOptions {
  /** A claim, and a mail being sent, is ours for this long without a sign of life. */
  readonly leaseMs: number = 15_000;
  /** Connections and slots of a mail server are ours for this long. */
  readonly limitLeaseMs: number = 5_000;
  /** How often limits are asked for while a server has work. */
  readonly limitRenewMs: number = 1_000;
  /** The same while others are about to give up what is to be ours. */
  readonly limitShortRenewMs: number = 200;
  /** How often the queue is looked at when nothing wakes us. */
  readonly pollMs: number = 250;
  /** An idle connection is kept for this long. */
  readonly idleConnectionMs: number = 5_000;
  /** Before a mail that was put off is tried again for the first time. */
  readonly firstRetryMs: number = defaultFirstRetryMs;
  readonly mailsPerConnection: number = 500;
  /** Sealed bytes in memory at one time, over all conversations. */
  readonly maxBytesInFlight: number = 64 * 1024 * 1024;
  /** Claimed mails per connection, so that none waits for the database. */
  readonly claimAhead: number = 6;
  /** Of mails that leave quickly, so many more are claimed as leave in this time: few large claims cost less. */
  readonly claimAheadMs: number = 200;
  /** But no more than this, for their bytes are in memory. */
  readonly mostClaimedAhead: number = 500;

  constructor(changes: Partial<DispatchOptions> = {}) {
    Object.assign(this, changes);
  }
}
