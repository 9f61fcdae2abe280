import type { GateState } from '@mailrun/contracts';

/** The gate of one round of a run. */
export interface RunGate {
  readonly tenantId: string;
  readonly runId: string;
  readonly round: number;
  readonly revision: number;
  readonly state: GateState;
}

/**
 * Gates of runs. A mail is held while the gate of its round or a later one is paused, and ended when it is stopped.
 * A round without a gate is open.
 */
export abstract class RunGates {
  /** Keeps the gate when its revision is greater than the one known. Answers the one that holds now. */
  abstract put(gate: RunGate): Promise<RunGate>;

  /**
   * Ends waiting and claimed mails of stopped rounds (of one run, or of all that were stopped lately), at most
   * `limit`; their outcomes are in the outbox. Answers how many it was.
   */
  abstract stopWaiting(
    limit: number,
    of?: { readonly tenantId: string; readonly runId: string },
  ): Promise<number>;
}
