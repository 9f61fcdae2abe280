import { templateNames } from './isolate/isolate-contract.js';

export interface UnknownName {
  readonly name: string;
  /** As in CompileError: vash's checkpoint and the generated line. */
  readonly line: number;
  readonly column: number;
  readonly code: string;
}

const ofLanguage =
  'Array BigInt Boolean Date Error Function Infinity Intl Iterator JSON Map Math NaN Number Object Promise RangeError ' +
  'Reflect RegExp Set String Symbol TypeError WeakMap WeakSet arguments await decodeURI decodeURIComponent ' +
  'encodeURI encodeURIComponent escape eval false function globalThis isFinite isNaN new null parseFloat parseInt ' +
  'super this true typeof undefined unescape void yield';
const known = new Set([...templateNames, ...ofLanguage.split(' ')]);

const literal = /^__vbuffer\.push\('(?:[^'\\]|\\.)*'\);$/;
const expression = /^__vbuffer\.push\((?:\w+\.escape\()?([\p{L}_$][\p{L}\p{N}_$]*)/u;
const checkpoint = /\.vl = (\d+), \w+\.vc = (\d+);/;

/**
 * Names after an @ that nothing in the template declares: they would fail with each mail. Mostly they are no code at
 * all but a mail address (`info@billing.example`) or CSS (`@media`), where @@ was meant. Reads the debug code that
 * vash generated, where text is told from code.
 */
export function unknownNames(debugBody: string): readonly UnknownName[] {
  const lines = debugBody.split('\n').filter((line) => !literal.test(line));
  let line = 1;
  let column = 0;
  const candidates: UnknownName[] = [];
  for (const code of lines) {
    const name = expression.exec(code)?.[1];
    if (name !== undefined && !known.has(name)) candidates.push({ name, line, column, code });
    const place = checkpoint.exec(code);
    if (place) [line, column] = [Number(place[1]), Number(place[2])];
  }
  const allCode = lines.map((code) => code.replace(expression, '')).join('\n');
  return candidates.filter(({ name }) => {
    const escaped = name.replaceAll('$', '\\$');
    return !new RegExp(`(?<![\\p{L}\\p{N}_$.])${escaped}(?![\\p{L}\\p{N}_$])`, 'u').test(allCode);
  });
}

/** Whether an @ without anything behind it was taken for an empty expression, and so would vanish. */
export function hasEmptyExpression(debugBody: string): boolean {
  return /^__vbuffer\.push\((?:\w+\.escape\(\)\.toHtmlString\(\))?\);$/m.test(debugBody);
}

/** What to do about a name that does not exist; `line` is the source's line, where an address may stand. */
export function adviceOnUnknownName(name: string, line: string): string {
  const address = new RegExp(`[^\\s<>"'():,;]+@${name.replaceAll('$', '\\$')}[\\w.-]*`).exec(line)?.[0];
  return address === undefined
    ? `"${name}" is not known here. For a plain @ write @@ (as in @@${name}).`
    : `"${address}" is taken for code because of its @. Write ${address.replace('@', '@@')}.`;
}
