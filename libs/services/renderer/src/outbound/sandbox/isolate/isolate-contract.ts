import type { PartOutput, Rendering } from '../../../domain/template-program.js';

/*
 * What crosses into an isolate and back, as JSON text: nothing but strings crosses the boundary.
 */

/** One compiled template: the body of a function over {@link templateNames}. */
export interface CompiledPart {
  readonly output: PartOutput;
  readonly body: string;
}

export interface CompiledProgram {
  readonly parts: readonly CompiledPart[];
  /** Name of the buffer object in the compiled code; not guessable by a template. */
  readonly bufferName: string;
  /** Compiled with line tracking. */
  readonly debug: boolean;
  /** For each result, in UTF-16 code units; `line` parts have a limit of their own. */
  readonly outputLimit: number;
  readonly lineLimit: number;
}

/** The same for every job of a call. */
export interface SharedModel {
  readonly run?: unknown;
  readonly definition?: unknown;
  readonly imageKeys?: readonly string[];
}

export interface IsolateJob {
  readonly customer: { readonly locale?: string; readonly timeZone?: string };
  readonly invoices: readonly { readonly currency?: string }[];
  readonly nowMs: number;
  readonly seed: number;
  readonly renderings: readonly Rendering[];
}

/** Where a template threw, as far as the isolate can tell; only with debug code. */
export interface ThrownAt {
  /** vash's last checkpoint before the throw: line from 1, column from 0. */
  readonly line: number;
  readonly column: number;
  /** The generated line that threw, and the column in it from 0. */
  readonly code?: string;
  readonly codeColumn?: number;
}

/** A rendered job is the list of its results' lengths; a failed one says which part threw. */
export type JobHeader =
  | readonly number[]
  | {
      readonly part: number;
      readonly kind: 'failed' | 'out-of-memory' | 'output-too-large' | 'invalid-json';
      readonly message: string;
      readonly at?: ThrownAt;
    };

/** Names that a template may use without declaring them; also the parameters of its compiled function. */
export const templateNames = [
  'model',
  'customer',
  'invoice',
  'invoices',
  'run',
  'definition',
  'html',
  'image',
  'date',
  'number',
  'money',
  'json',
  'csv',
] as const;
