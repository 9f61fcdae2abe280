import type { OutputType, RunPins } from '@mailrun/contracts';
import { programOf } from './message-program.js';
import type { TemplateProgram } from './template-program.js';

/** The templates of one transformation: the document is part 0, its file name part 1. */
export interface DocumentProgram {
  readonly program: TemplateProgram;
  readonly outputType: OutputType;
}

/** Undefined for a transformation that is filled by uploads only. */
export function documentProgramOf(
  tenantId: string,
  { key, outputType, template, fileNamePattern }: RunPins['transformations'][number],
): DocumentProgram | undefined {
  if (template === undefined || outputType === undefined) return undefined;
  const parts = [
    { label: `Template of ${key}`, output: outputType, source: template },
    { label: `File name of ${key}`, output: 'line' as const, source: fileNamePattern },
  ];
  return { program: programOf(tenantId, parts), outputType };
}
