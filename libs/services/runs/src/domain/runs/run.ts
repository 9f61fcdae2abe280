import type { InDoubtPolicy, Mode, RunState } from '@mailrun/contracts';

/** Which invoices: a cluster and a period, or an explicit list. */
export type Selection =
  | {
      readonly clusterCode: string;
      readonly includeDescendants: boolean;
      /** Plain dates; both ends are included. */
      readonly periodFirstDay: string;
      readonly periodLastDay: string;
    }
  | { readonly invoiceCodes: readonly string[] };

export interface NewRun {
  readonly definitionKey: string;
  readonly selection: Selection;
  readonly bcc: readonly string[];
  /** Mail again what was sent already; with an explicit list only. */
  readonly sendAgain: boolean;
  readonly note: string | null;
}

/** One execution of a definition. */
export interface Run extends NewRun {
  readonly id: string;
  readonly tenantId: string;
  readonly state: RunState;
  readonly why: string | null;
  /** In which it was prepared. */
  readonly mode: Mode | null;
  readonly preparationId: string | null;
  readonly inDoubtPolicy: InDoubtPolicy | null;
  /** Grows with each change. */
  readonly version: number;
  /** Since when it has been running; null before it was started. */
  readonly resumedAt: Date | null;
  readonly endedAt: Date | null;
}
