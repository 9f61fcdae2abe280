import type { GateState, Mode } from '@mailrun/contracts';

export interface UntoldGate {
  readonly tenantId: string;
  readonly runId: string;
  readonly mode: Mode;
  readonly round: number;
  readonly revision: number;
  readonly state: GateState;
}

/** The state of each round, as the dispatcher must know it. */
export abstract class GateStore {
  /** Those of a run whose revision is not confirmed. */
  abstract untold(run: { readonly runId: string; readonly tenantId: string }): Promise<UntoldGate[]>;
  abstract confirm(gate: UntoldGate): Promise<void>;
}
