import { availableParallelism } from 'node:os';

export interface SandboxSettings {
  /** How many sandbox processes, each busy with one call at a time. */
  readonly processes: number;
  /** Wall-clock time that one mail or document may take. */
  readonly renderTimeoutMs: number;
  /** Wall-clock time that one template may take to compile. */
  readonly compileTimeoutMs: number;
  /** Heap of one program's isolate. */
  readonly isolateMemoryMb: number;
  /** How much a process may grow during one call before it is ended. */
  readonly growthLimitMb: number;
  /** Largest result of a template, in UTF-16 code units. */
  readonly outputLimit: number;
  /** Programs that each process keeps ready, the most recently used ones. */
  readonly programsPerProcess: number;
  /** After so many stopped renderings a program is quarantined … */
  readonly killsBeforeQuarantine: number;
  /** … for this long. */
  readonly quarantineMs: number;
}

export const defaultSandboxSettings: SandboxSettings = {
  processes: availableParallelism(),
  renderTimeoutMs: 1000,
  compileTimeoutMs: 5000,
  isolateMemoryMb: 64,
  growthLimitMb: 192,
  outputLimit: 2 * 1024 * 1024,
  programsPerProcess: 16,
  killsBeforeQuarantine: 2,
  quarantineMs: 10 * 60 * 1000,
};

/** Longest subject or file name that a template may give: one header line (RFC 5322 2.1.1). */
export const lineLimit = 998;
