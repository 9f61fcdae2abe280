import type { UntoldMode } from './tenant-store.port.js';

/** Who must know of a mode before the next mail leaves: the dispatcher. */
export abstract class ModeListener {
  /** Resolves when it is applied there; throws an Outage when it can't be told now. */
  abstract tell(mode: UntoldMode): Promise<void>;
}
