import type { TemplateFault } from '../../domain/template-fault.js';
import type { TemplatePart } from '../../domain/template-program.js';
import { templateNames, type JobHeader, type ThrownAt } from './isolate/isolate-contract.js';
import { locateError } from './locate-error.js';
import type { CompileError, SandboxPart } from './process-protocol.js';
import { adviceOnUnknownName, hasEmptyExpression, unknownNames } from './unknown-names.js';

const sourceOf = (parts: readonly SandboxPart[], part: number) => parts[part]?.source ?? '';
const lineOf = (source: string, line: number) => source.split(/\r\n?|\n/)[line - 1] ?? '';

export function faultOfCompileError(error: CompileError, parts: readonly SandboxPart[]): TemplateFault {
  const place = error.line === undefined ? {} : locateError(sourceOf(parts, error.part), error);
  const loneAt = error.line === undefined ? placeOfLoneAt(sourceOf(parts, error.part)) : undefined;
  return {
    code: 'template.syntax-error',
    detail: loneAt ? `${error.message} A plain @ is written @@.` : inOtherWords(error.message),
    part: error.part,
    ...place,
    ...loneAt,
  };
}

/** vash's own words name its classes. */
function inOtherWords(message: string): string {
  const unclosed = /^Found unclosed Vash(\w+)$/.exec(message)?.[1];
  if (unclosed === undefined) return message;
  return unclosed.startsWith('Markup')
    ? 'The tag that starts here is not closed, or one inside it is not.'
    : 'The code that starts here does not end: look for a missing parenthesis, brace or quote.';
}

/** An @ with nothing behind it is what vash stumbles over without saying where. */
function placeOfLoneAt(source: string) {
  const before = /^(?:[^@]|@(?!\s|$))*@(?=\s|$)/.exec(source)?.[0];
  if (before === undefined) return undefined;
  const lines = before.split(/\r\n?|\n/);
  return { line: lines.length, column: lines.at(-1)?.length ?? 1 };
}

export function faultsOfUnknownNames(
  debugBody: string,
  part: number,
  parts: readonly SandboxPart[],
): readonly TemplateFault[] {
  const source = sourceOf(parts, part);
  const code = 'template.unknown-name';
  const faults: TemplateFault[] = unknownNames(debugBody).map((unknown) => {
    const place = locateError(source, { ...unknown, codeColumn: 0 });
    return { code, detail: adviceOnUnknownName(unknown.name, lineOf(source, place.line)), part, ...place };
  });
  if (hasEmptyExpression(debugBody)) {
    faults.push({
      code,
      detail: 'Nothing follows this @. A plain @ is written @@.',
      part,
      ...placeOfLoneAt(source),
    });
  }
  return faults;
}

/** `@invoice.number.pdf` asks for a property "pdf": every file would be named alike. */
export function faultsOfFileName({ output, source }: TemplatePart, part: number): readonly TemplateFault[] {
  const [, before = '', expression = '', extension = ''] =
    /^(.*?)@([\p{L}_$][\p{L}\p{N}_$.]*)(\.(?:csv|docx?|html?|json|pdf|txt|xlsx?|xml|zip))$/isu.exec(source) ??
    [];
  if (output !== 'line' || expression === '') return [];
  const detail = `"${extension}" is taken for a part of the expression. Write @(${expression})${extension}.`;
  return [{ code: 'template.unknown-name', detail, part, line: 1, column: before.length + 1 }];
}

export function faultOfRendering(
  failed: Exclude<JobHeader, readonly number[]>,
  at: ThrownAt | undefined,
  parts: readonly SandboxPart[],
): TemplateFault {
  const source = sourceOf(parts, failed.part);
  const place = at && failed.kind !== 'invalid-json' ? locateError(source, at) : undefined;
  return {
    code: `template.${failed.kind}`,
    detail: detailOf(failed.message, place && lineOf(source, place.line)),
    part: failed.part,
    ...place,
  };
}

function detailOf(message: string, line = ''): string {
  const unknown = /^ReferenceError: (\S+) is not defined$/.exec(message)?.[1];
  if (unknown === undefined) return message;
  const isAfterAt = line.includes(`@${unknown}`);
  return isAfterAt
    ? adviceOnUnknownName(unknown, line)
    : `${message}. Templates know ${templateNames.join(', ')} and what they declare themselves.`;
}
