import type { freezeIntrinsics } from './freeze-intrinsics.js';
import type { freezeClock } from './frozen-clock.js';
import type { HelperScope, makeInvoiceHelpers } from './invoice-helpers.js';
import type { CompiledProgram, IsolateJob, JobHeader, SharedModel, ThrownAt } from './isolate-contract.js';

export interface IsolateTools {
  readonly freezeIntrinsics: typeof freezeIntrinsics;
  readonly freezeClock: typeof freezeClock;
  readonly makeInvoiceHelpers: typeof makeInvoiceHelpers;
  readonly templateNames: readonly string[];
}

/** Renders jobs, each a line of JSON; out comes a line of JSON (a header for each job), then all results, joined. */
export type RenderJobs = (sharedJson: string, jobLines: string) => string;

/**
 * Runs inside the isolate: turns compiled templates into functions, freezes everything, and gives the function that
 * renders. Takes the place of vash's own run time, whose layout helpers read files, and which is slower.
 *
 * Self-contained: its source text is evaluated in the isolate.
 */
export function startRendering(tools: IsolateTools): (programJson: string) => RenderJobs {
  class OutputTooLarge extends Error {}
  class InvalidJson extends Error {}

  // No regular expression here: they are slow once their prototype is frozen, and this is called for each value.
  const escapes: Record<number, string> = {
    0x22: '&quot;',
    0x26: '&amp;',
    0x27: '&#x27;',
    0x3c: '&lt;',
    0x3e: '&gt;',
    0x60: '&#x60;',
  };
  const escapeMarkup = (text: string) => {
    let result = '';
    let done = 0;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (
        code > 0x60 ||
        (code !== 0x3c && code !== 0x3e && code !== 0x26 && code !== 0x22 && code !== 0x27 && code !== 0x60)
      ) {
        continue;
      }
      result += text.slice(done, index) + escapes[code];
      done = index + 1;
    }
    return done === 0 ? text : result + text.slice(done);
  };

  const scope: HelperScope = { locale: 'en', timeZone: 'UTC', currency: undefined, imageKeys: undefined };
  const locales = new Map<string, string>();
  const localeOf = (tag: string | undefined) => {
    if (tag === undefined) return 'en';
    let locale = locales.get(tag);
    if (locale === undefined) {
      try {
        locale = Intl.getCanonicalLocales(tag.replaceAll('_', '-'))[0] ?? 'en';
      } catch {
        // A tag that Intl does not know must not keep an invoice from being mailed.
        locale = 'en';
      }
      if (locales.size > 1000) locales.clear();
      locales.set(tag, locale);
    }
    return locale;
  };

  return (programJson) => {
    const program = JSON.parse(programJson) as CompiledProgram;
    const limits = program.parts.map(({ output }) =>
      output === 'line' ? program.lineLimit : program.outputLimit,
    );
    let limit = 0;
    let out = '';

    // The compiled code calls `escape(…).toHtmlString()` in one go: one object serves all calls.
    let escapedText = '';
    const escaped = { toHtmlString: () => escapedText };
    const surface = {
      buffer: {
        push: (value: unknown) => {
          if (typeof value === 'string') out += value;
          else if (value !== null && value !== undefined) out += String(value);
          if (out.length > limit) throw new OutputTooLarge(`The result is larger than ${limit} characters.`);
        },
      },
      escape: (value: unknown) => {
        if (typeof value === 'string') escapedText = escapeMarkup(value);
        else if (value === null || value === undefined) escapedText = '';
        else if (
          typeof value === 'object' &&
          'toHtmlString' in value &&
          typeof value.toHtmlString === 'function'
        ) {
          escapedText = String(value.toHtmlString());
        } else escapedText = escapeMarkup(String(value));
        return escaped;
      },
      // vash writes both: the first always, its checkpoints in debug code.
      options: undefined,
      vl: 0,
      vc: 0,
    };

    type Template = (...values: unknown[]) => unknown;
    const clock = tools.freezeClock();
    const helpers = tools.makeInvoiceHelpers(scope, escapeMarkup);
    const names = [...tools.templateNames, program.bufferName, '__vopts'];
    const templates = program.parts.map(
      ({ body }) => (body === '' ? () => undefined : Function(...names, body)) as Template,
    );

    const deepFreeze = <Value>(value: Value): Value => {
      const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
      if (isObject && !Object.isFrozen(value)) {
        Object.freeze(value);
        for (const key of Reflect.ownKeys(value)) deepFreeze((value as Record<PropertyKey, unknown>)[key]);
      }
      return value;
    };
    // Whatever a template can reach must hold nothing from one rendering to the next.
    [helpers, escaped, surface.buffer, surface.escape, OutputTooLarge, InvalidJson].forEach(deepFreeze);
    templates.forEach(deepFreeze);
    if (!program.debug) deepFreeze(surface);

    const finish = (text: string, output: string) => {
      switch (output) {
        case 'xml':
          // Characters that XML 1.0 (2.2) does not allow, whatever their escape.

          return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '').toWellFormed();
        case 'json':
          try {
            JSON.parse(text);
          } catch (error) {
            throw new InvalidJson(`The result is no JSON: ${(error as Error).message}`);
          }
          return text;
        case 'html':
        case 'line':
          return text;
        default:
          return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '');
      }
    };

    const kindOf = (error: unknown) => {
      if (error instanceof OutputTooLarge) return 'output-too-large';
      if (error instanceof InvalidJson) return 'invalid-json';
      // Of buffers and strings that do not fit; other hunger for memory ends the isolate.
      const isMemory =
        error instanceof RangeError && /allocation failed|Invalid \w+ length/.test(describe(error));
      return isMemory ? 'out-of-memory' : 'failed';
    };

    const describe = (error: unknown) => {
      try {
        if (error instanceof Error)
          return `${error.name === 'Error' ? '' : `${error.name}: `}${error.message}`;
        return `thrown: ${String(error)}`;
      } catch {
        return 'The template threw something that can not be shown.';
      }
    };

    /** The line of generated code that threw: V8 names it in the first frame within a `Function`. */
    const thrownAt = (error: unknown, body: string): ThrownAt => {
      const at = { line: Number(surface.vl), column: Number(surface.vc) };
      try {
        const frame =
          error instanceof Error ? /<anonymous>:(\d+):(\d+)\)?$/m.exec(String(error.stack)) : null;
        // `Function` puts two lines before the body.
        const code = frame ? body.split('\n')[Number(frame[1]) - 3] : undefined;
        return code === undefined ? at : { ...at, code, codeColumn: Number(frame?.[2]) - 1 };
      } catch {
        return at;
      }
    };

    const render: RenderJobs = (sharedJson, jobLines) => {
      const shared = deepFreeze(JSON.parse(sharedJson)) as SharedModel;
      const { run, definition } = shared;
      scope.imageKeys = shared.imageKeys;
      const headers: JobHeader[] = [];
      let results = '';

      // One at a time: a whole list of jobs would outlive the young generation and be copied by the collector.
      for (let start = 0, end = 0; start < jobLines.length; start = end + 1) {
        end = jobLines.indexOf('\n', start);
        if (end < 0) end = jobLines.length;
        const job = JSON.parse(jobLines.slice(start, end)) as IsolateJob;
        const { customer, invoices, nowMs, seed, renderings } = job;
        scope.locale = localeOf(customer.locale);
        scope.timeZone = customer.timeZone ?? 'UTC';
        const lengths: number[] = [];
        let resultsOfJob = '';
        let header: JobHeader = lengths;
        for (const { part, invoice: index } of renderings) {
          const invoice = invoices[index];
          scope.currency = invoice?.currency;
          clock.set(nowMs, seed);
          limit = limits[part] ?? 0;
          out = '';
          try {
            const model = { customer, invoice, invoices, run, definition };
            (templates[part] as Template).call(
              undefined,
              model,
              customer,
              invoice,
              invoices,
              run,
              definition,
              helpers.html,
              helpers.image,
              helpers.date,
              helpers.number,
              helpers.money,
              helpers.json,
              helpers.csv,
              surface,
              undefined,
            );
            const result = finish(out, (program.parts[part] as { output: string }).output);
            lengths.push(result.length);
            resultsOfJob += result;
          } catch (error) {
            header = {
              part,
              kind: kindOf(error),
              message: describe(error).slice(0, 1000),
              ...(program.debug && { at: thrownAt(error, (program.parts[part] as { body: string }).body) }),
            };
            break;
          }
        }
        headers.push(header);
        if (header === lengths) results += resultsOfJob;
      }
      out = '';
      return `${JSON.stringify(headers)}\n${results}`;
    };
    tools.freezeIntrinsics();
    return render;
  };
}
