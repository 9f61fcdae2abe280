import type { PartOutput } from '../../domain/template-program.js';

/*
 * What the pool and a sandbox process say to each other: one call at a time, one answer for each call.
 */

/** Sent once, before any call. */
export interface SandboxSetup {
  readonly vashSource: string;
  readonly compilingSource: string;
  readonly renderingSource: string;
  readonly isolateMemoryMb: number;
  /** How much the process may grow during one call before it ends itself. */
  readonly growthLimitMb: number;
  readonly compileTimeoutMs: number;
  readonly outputLimit: number;
  readonly lineLimit: number;
}

export interface SandboxPart {
  readonly source: string;
  readonly output: PartOutput;
}

export interface LoadProgram {
  readonly parts: readonly SandboxPart[];
  /** With line tracking: slower, and only to find where a template failed. */
  readonly debug: boolean;
}

export type SandboxCall =
  | {
      readonly kind: 'render';
      readonly programKey: string;
      /** Given when this process does not hold the program yet. */
      readonly load?: LoadProgram;
      /** Programs to forget first. */
      readonly drop: readonly string[];
      readonly shared: string;
      /** A line of JSON for each job. */
      readonly jobs: string;
      readonly timeoutMs: number;
    }
  | { readonly kind: 'check'; readonly parts: readonly SandboxPart[] };

/** Why a part does not compile. */
export interface CompileError {
  readonly part: number;
  readonly message: string;
  /** vash's place of the error or of the last checkpoint before it: line from 1, column from 0. */
  readonly line?: number;
  readonly column?: number;
  /** The generated line that JavaScript refused, and the column in it from 0. */
  readonly code?: string;
  readonly codeColumn?: number;
}

export type SandboxAnswer =
  | { readonly kind: 'ready' }
  /** A line of JSON with a header for each job, then all results. */
  | { readonly kind: 'rendered'; readonly text: string }
  /** The debug code of each part ('' where there is none) shows what a template names. */
  | {
      readonly kind: 'checked';
      readonly errors: readonly CompileError[];
      readonly debugBodies: readonly string[];
    }
  | { readonly kind: 'not-compiled'; readonly errors: readonly CompileError[] }
  /** The call was ended; what ran in the program's isolate is gone, the process lives on. */
  | {
      readonly kind: 'stopped';
      /** `starved`: time was up, but the machine was too busy to give the process any. */
      readonly reason: 'timeout' | 'starved' | 'out-of-memory' | 'crashed';
      readonly message: string;
    }
  /** The last word of a process that ends itself. */
  | { readonly kind: 'dying'; readonly reason: 'out-of-memory' };
