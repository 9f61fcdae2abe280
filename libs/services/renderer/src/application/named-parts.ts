import type { OutputType, TemplateFault as NamedFault } from '@mailrun/contracts';
import type { TemplateFault } from '../domain/template-fault.js';
import type { TemplatePart } from '../domain/template-program.js';

/** Parts that give one line, whatever is said of them. */
const lineParts = ['subject', 'fileNamePattern', 'archiveNamePattern'];

/** A template under the name that the configuration gives it: `subject`, `html`, `fileNamePattern`, … */
export function namedPart(name: string, outputType: OutputType, source: string): TemplatePart {
  return { label: name, output: lineParts.includes(name) ? 'line' : outputType, source };
}

/** The fault as the configuration shows it, with the name of its part. */
export function namedFault({ part, ...fault }: TemplateFault, parts: readonly TemplatePart[]): NamedFault {
  return { part: parts[part ?? 0]?.label ?? '', ...fault };
}
