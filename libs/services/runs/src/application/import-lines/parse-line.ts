import { isUtf8 } from 'node:buffer';
import type { z } from 'zod';
import type { FieldError } from '@mailrun/platform-errors';
import { fieldErrors } from '@mailrun/platform-http';
import { isStorable } from '../../domain/billing/json-content.js';
import type { ImportLine } from './line-import.js';
import type { Line } from './line-splitter.js';

export const maxLineBytes = 1024 * 1024;

/** Of one line; more help nobody, and a hostile line may have a million. */
const maxFaults = 20;

export type ParsedLine<Value> =
  ImportLine<Value> | { readonly line: number; readonly faults: readonly FieldError[] };

/** One line as the schema has it, or what is wrong with it. */
export function parseLine<Value>(schema: z.ZodType<Value>, { number: line, bytes }: Line): ParsedLine<Value> {
  const fault = (code: string, detail: string) => ({ line, faults: [{ pointer: '', code, detail }] });
  if (bytes === undefined) return fault('line.too-long', `A line has at most ${maxLineBytes} bytes.`);
  if (!isUtf8(bytes)) return fault('line.not-utf8', 'The line is not UTF-8.');
  let json: unknown;
  try {
    json = JSON.parse(withoutByteOrderMark(line, bytes.toString('utf8')));
  } catch (error) {
    // The parser's message quotes the line, which may hold a password: only the place is told.
    const [place = ''] = / at position \d+/.exec((error as Error).message) ?? [];
    return fault('line.not-json', `The line is not JSON${place}.`);
  }
  const result = schema.safeParse(json);
  if (!result.success) {
    return { line, faults: fieldErrors(result.error, json).slice(0, maxFaults).map(storable) };
  }
  const { code } = result.data as { code?: unknown };
  if (typeof code === 'string' && !isStorable(code))
    return fault('code.bad-text', 'The code is no good text.');
  return { line, value: result.data };
}

const withoutByteOrderMark = (line: number, text: string) =>
  line === 1 ? text.replace(/^\ufeff/, '') : text;

/** Names of unknown fields come from the line: they may be long, or hold what PostgreSQL can't keep. */
export function storable({ pointer, code, detail }: FieldError): FieldError {
  const clean = (text: string, max: number) =>
    text
      .slice(0, max)
      .toWellFormed()
      .replace(/[\u0000-\u001f\u007f]/g, '\ufffd');
  return { pointer: clean(pointer, 300), code, detail: clean(detail, 500) };
}
