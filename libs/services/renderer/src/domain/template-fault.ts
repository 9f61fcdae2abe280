import type { Failure } from '@mailrun/contracts';
import type { TemplatePart } from './template-program.js';

/** Why a template gave no result. The codes are stable: they are shown, counted and translated. */
export type TemplateFaultCode =
  | 'template.syntax-error' // does not compile
  | 'template.unknown-name' // compiles, but names what can never exist (an address or CSS rule without @@)
  | 'template.failed' // threw while it was rendered
  | 'template.timeout'
  | 'template.out-of-memory'
  | 'template.output-too-large'
  | 'template.invalid-json' // output type JSON, and the result is none
  | 'template.crashed' // took the sandbox's process with it, twice
  | 'template.quarantined' // had to be stopped too often; not tried again for a while
  | 'template.missing'; // the transformation has no template

export interface TemplateFault {
  readonly code: TemplateFaultCode;
  /** What happened and what to do, for the person who writes templates. */
  readonly detail: string;
  /** Index of the part in its program, when one is to blame. */
  readonly part?: number;
  /** Counted from 1, in the part's source. */
  readonly line?: number;
  readonly column?: number;
}

const maxDetailLength = 2000;

/** The fault as other services know it: names the part in its sentence. */
export function failureOf(fault: TemplateFault, parts: readonly TemplatePart[]): Failure {
  const label = fault.part === undefined ? undefined : parts[fault.part]?.label;
  const place = [label, fault.line && `line ${fault.line}`, fault.column && `column ${fault.column}`]
    .filter(Boolean)
    .join(', ');
  const detail = place === '' ? fault.detail : `${place}: ${fault.detail}`;
  return {
    code: fault.code,
    detail: detail.length > maxDetailLength ? `${detail.slice(0, maxDetailLength - 1)}…` : detail,
    stage: 'render',
    ...(fault.line && { line: fault.line }),
    ...(fault.column && { column: fault.column }),
  };
}
