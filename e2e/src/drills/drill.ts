import type { Message } from '@mailrun/contracts';
import type { FaultySmtpServer, FaultySmtpServerOptions, ToolName } from '@mailrun/testing';
import type { DefinitionBody, ServerSettings } from '../company/configuration.js';
import type { DrillGround } from './ground/drill-ground.js';
import type { Ground } from './ground/ground.js';
import type { Random } from './random.js';
import type { Workload } from './workload/workload.js';

type Status = Message['status'];

/** What a drill has at hand while it makes things go wrong. */
export interface DrillContext<On extends DrillGround = Ground> {
  readonly ground: On;
  readonly mailServer: FaultySmtpServer;
  readonly workload: Workload;
  /** Of this drill alone: the same seed gives the same faults at the same moments after the start of a run. */
  readonly random: Random;
  /** From 0; a run of the workload was started just now, as long as there are some. */
  readonly round: number;
  /** In the long form there is time to be thorough. */
  readonly isShort: boolean;
  /**
   * Writes down a fault. @param uncertain how many mails it may leave behind of which nobody can know whether they were
   * taken: one for each connection that it may have cut after the final dot
   */
  fault(what: string, uncertain?: number): void;
  /** A random moment later. */
  wait(leastMs: number, mostMs: number): Promise<void>;
}

/** One way to break things, and what may come of it. One file each in `catalogue/`. */
export interface Drill<On extends DrillGround = Ground> {
  /** Kebab-case, unique. */
  readonly name: string;
  /** One sentence. */
  readonly what: string;
  /** Whether it belongs to the short form. */
  readonly isShort?: boolean;
  /** Its faults come from its own mail server alone: others of the kind run at the same time on the same system. */
  readonly isContained?: boolean;
  /** Rounds of the short and of the long form; a run of the workload is started in each. */
  readonly rounds?: { readonly short: number; readonly long: number };
  /** Messages over all runs; in the long form the smallest that the guarantee is to be proved with. */
  readonly messages?: { readonly short?: number; readonly long?: number };
  /** Tools of `tool-list.ts` beside those that every drill needs. */
  readonly tools?: readonly ToolName[];
  /** @returns why it can't be done on this machine */
  readonly impossible?: (ground: On) => string | undefined;
  readonly mailServer?: FaultySmtpServerOptions;
  /** How the tenants' message server is set up. */
  readonly server?: ServerSettings;
  readonly policies?: Partial<DefinitionBody>;
  /** How messages may end besides `sent`, and `uncertain` within the bound. */
  readonly mayEnd?: readonly Status[];
  /** Once, before the first run is started. */
  readonly before?: (context: DrillContext<On>) => Promise<void> | void;
  /** Faults of one round, while its run is under way. Undoes them. */
  readonly round?: (context: DrillContext<On>) => Promise<void> | void;
  /** Once, after the last round: what has to be undone. */
  readonly after?: (context: DrillContext<On>) => Promise<void> | void;
  /** More that must have come true, besides the invariants. @returns a sentence for each thing that did not */
  readonly check?: (context: DrillContext<On>) => Promise<string[]> | string[];
}

/** What came of a drill: a line of the table. */
export interface DrillResult {
  readonly drill: string;
  readonly seed: number;
  readonly rounds: number;
  /** Faults injected, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  readonly messages: number;
  /** Neither final, held nor due at a known time; or said to be sent, and never received. */
  readonly lost: number;
  /** Receipts of a copy beyond the first that no history explains. */
  readonly unexplained: number;
  /** Messages with an attempt of unknown end, and how many there may be. */
  readonly uncertain: number;
  readonly uncertainBound: number;
  /** From the last fault on. */
  readonly secondsUntilFinal: number;
  readonly seconds: number;
  /** Why it failed; empty when all held. */
  readonly failures: readonly string[];
}
