/** What the isolate that holds vash answers for one template. */
export type Compilation =
  | { readonly kind: 'compiled'; readonly body: string }
  | {
      readonly kind: 'refused';
      readonly message: string;
      /** vash's count: line from 1, column from 0. */
      readonly line?: number;
      readonly column?: number;
    };

export interface CompileOptions {
  readonly escapes: boolean;
  readonly debug: boolean;
  readonly bufferName: string;
}

interface Vash {
  compile(source: string, options: object): unknown;
}

/**
 * Runs inside the isolate that holds vash: gives the function body that vash generates for a template, without ever
 * making a function of it. Nothing that a template says is run here, so one such isolate serves all tenants.
 *
 * Self-contained: its source text is evaluated in the isolate.
 */
export function startCompiling(vash: Vash): (source: string, optionsJson: string) => string {
  // vash ends by calling `Function(...names, body)`: all that is wanted is the body.
  let body = '';
  (globalThis as { Function: unknown }).Function = (...values: string[]) => {
    body = values.at(-1) ?? '';
    return () => undefined;
  };

  return (source, optionsJson) => {
    const { escapes, debug, bufferName } = JSON.parse(optionsJson) as CompileOptions;
    const answer = (compilation: Compilation) => JSON.stringify(compilation);
    // vash takes no empty template.
    if (source === '') return answer({ kind: 'compiled', body: '' });
    try {
      vash.compile(source, { debug, htmlEscape: escapes, helpersName: bufferName, modelName: 'model' });
    } catch (error) {
      const { name, message } = error as Error;
      if (name === 'RangeError') {
        return answer({ kind: 'refused', message: 'The template is too large or too deeply nested.' });
      }
      const place = / at template line (\d+), column (\d+)/.exec(message);
      const sentence = message.split(place ? ' at template line' : '\n')[0] ?? '';
      return answer({
        kind: 'refused',
        message: name === 'TypeError' ? 'The template ends in the middle of an expression or tag.' : sentence,
        ...(place && { line: Number(place[1]), column: Number(place[2]) }),
      });
    }
    if (debug) {
      // vash wraps debug code in a handler that holds the whole source, wrongly escaped in places. The name of the
      // buffer occurs nowhere in the source, so this finds vash's own handler.
      const handler = body.indexOf(`} catch( e ){ \n  ${bufferName}.reportError(`);
      body = body.slice(body.indexOf('{') + 1, handler);
    }
    return answer({ kind: 'compiled', body });
  };
}
