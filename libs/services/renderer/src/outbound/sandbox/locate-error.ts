import type { CompileError } from './process-protocol.js';

/** Line and column in the template's source, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What vash puts around an expression of the author. */
const wrapping = /^\s*__vbuffer\.push\((?:\w+\.escape\()?/;
const nextCheckpoint = /\w+\.vl = \d+, \w+\.vc = \d+;\s*$/;
const wrappingEnd = /(?:\)\.toHtmlString\(\))?\);\s*$/;

/**
 * Finds in the source what failed. vash's checkpoint names the last piece of markup before it, which may be some
 * lines off within a code block; but the author's code stands verbatim in the generated line, so it is searched from
 * the checkpoint on. Without it the checkpoint itself is the answer.
 */
export function locateError(
  source: string,
  at: Pick<CompileError, 'line' | 'column' | 'code' | 'codeColumn'>,
): Place {
  const lines = source.replace(/\r\n?/g, '\n').split('\n');
  const line = Math.min(Math.max(1, at.line ?? 1), lines.length);
  const checkpoint = { line, column: Math.max(0, at.column ?? 0) + 1 };

  const prefix = wrapping.exec(at.code ?? '')?.[0] ?? '';
  const rest = (at.code ?? '').slice(prefix.length).replace(nextCheckpoint, '');
  const code = rest.replace(prefix === '' ? /;?\s*$/ : wrappingEnd, '');
  const snippet = code.trim();
  // vash's own scaffolding is no code of the author.
  if (snippet.length < 2 || /__v(buffer|opts)/.test(snippet)) return checkpoint;

  for (let index = line - 1; index < lines.length; index++) {
    const found = (lines[index] as string).indexOf(snippet);
    if (found < 0) continue;
    const indent = code.length - code.trimStart().length;
    const within = (at.codeColumn ?? 0) - prefix.length - indent;
    return { line: index + 1, column: found + Math.min(Math.max(0, within), snippet.length) + 1 };
  }
  return checkpoint;
}
