/**
 * The program of one sandbox process: holds isolates, compiles and renders in them, one call at a time.
 *
 * Started by the pool with Node.js itself, also from TypeScript: so it is one file, in erasable syntax, and imports
 * nothing of ours but types. Everything asynchronous runs on isolated-vm's own threads, so this thread always hears
 * when the parent is gone, and sees memory grow while an isolate no longer answers.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import ivm from 'isolated-vm';
import type { Compilation, CompileOptions } from './isolate/compile-template.js';
import type { CompiledPart, CompiledProgram } from './isolate/isolate-contract.js';
import type {
  CompileError,
  LoadProgram,
  SandboxAnswer,
  SandboxCall,
  SandboxPart,
  SandboxSetup,
} from './process-protocol.js';

interface LoadedProgram {
  readonly isolate: ivm.Isolate;
  readonly render: ivm.Reference;
}

class NotCompiled extends Error {
  constructor(errors: readonly CompileError[]) {
    super('not compiled');
    this.errors = errors;
  }
  readonly errors: readonly CompileError[];
}

const growthCheckMs = 20;
/** Of results, after which the process collects garbage: 5 ms each time, which is nothing beside the renderings. */
const charactersBetweenCollections = 16 * 1024 * 1024;
const megabyte = 1024 * 1024;
// Only debugging code says it, and only to the author of the template, so it must merely be unlikely in a source.
const bufferName = '__mailrun_buffer_7f3a';

let setup: SandboxSetup;
let compiler: { isolate: ivm.Isolate; compile: ivm.Reference } | undefined;
const programs = new Map<string, LoadedProgram>();
let uncollectedCharacters = 0;
const collectGarbage = takeCollector();

/** With the flag on for a moment only: a context that is made while it is, an isolate's too, gets `gc` as a global. */
function takeCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
}

const say = (answer: SandboxAnswer) => process.send?.(answer);
const die = () => process.kill(process.pid, 'SIGKILL');

// A parent that was killed says nothing more; an isolate in an endless loop must not outlive it.
process.on('disconnect', die);

async function newIsolate(): Promise<ivm.Isolate> {
  // Without this handler V8 would abort with a core dump; the pool counts either as a crash.
  return new ivm.Isolate({ memoryLimit: setup.isolateMemoryMb, onCatastrophicError: die });
}

async function compilerOf() {
  if (compiler && !compiler.isolate.isDisposed) return compiler;
  const isolate = await newIsolate();
  const context = await isolate.createContext();
  await context.eval(setup.vashSource);
  const compile = await context.eval(setup.compilingSource, { reference: true });
  return (compiler = { isolate, compile });
}

async function compilePart({ source, output }: SandboxPart, debug: boolean): Promise<Compilation> {
  const { isolate, compile } = await compilerOf();
  const options: CompileOptions = { escapes: output === 'html' || output === 'xml', debug, bufferName };
  try {
    const answer: unknown = await compile.apply(undefined, [source, JSON.stringify(options)], {
      timeout: setup.compileTimeoutMs,
    });
    return JSON.parse(String(answer)) as Compilation;
  } catch (error) {
    if (!isolate.isDisposed) isolate.dispose();
    return {
      kind: 'refused',
      message: `The template takes too long to compile. ${(error as Error).message}`,
    };
  }
}

/** Whether JavaScript takes the generated code; vash looks at the markup only. Nothing is run. */
async function syntaxError(
  body: string,
): Promise<{ message: string; line: number; column: number } | undefined> {
  const { isolate } = await compilerOf();
  try {
    const script = await isolate.compileScript(`(function () {\n${body}\n})`, { filename: 'template' });
    script.release();
    return undefined;
  } catch (error) {
    const [, message, line, column] = /^(.*) \[template:(\d+):(\d+)\]$/s.exec((error as Error).message) ?? [];
    return {
      message: message ?? (error as Error).message,
      line: Number(line) - 1,
      column: Number(column) - 1,
    };
  }
}

/** Why the part does not compile, with its place as far as it can be told. */
async function compileError(part: SandboxPart, index: number): Promise<CompileError | undefined> {
  const compiled = await compilePart(part, false);
  if (compiled.kind === 'refused') {
    const { message, line, column } = compiled;
    return {
      part: index,
      message,
      ...(line !== undefined && { line }),
      ...(column !== undefined && { column }),
    };
  }
  const error = await syntaxError(compiled.body);
  if (error === undefined) return undefined;

  const debug = await compilePart(part, true);
  const located = debug.kind === 'compiled' ? await syntaxError(debug.body) : undefined;
  if (debug.kind !== 'compiled' || located === undefined) return { part: index, message: error.message };
  const lines = debug.body.split('\n');
  const before = lines.slice(0, located.line).join('\n');
  const checkpoint = [...before.matchAll(/\.vl = (\d+), \w+\.vc = (\d+);/g)].at(-1);
  return {
    part: index,
    message: located.message,
    line: Number(checkpoint?.[1] ?? 1),
    column: Number(checkpoint?.[2] ?? 0),
    code: lines[located.line - 1] ?? '',
    codeColumn: located.column,
  };
}

async function check(parts: readonly SandboxPart[]): Promise<readonly CompileError[]> {
  const errors: CompileError[] = [];
  for (const [index, part] of parts.entries()) {
    const error = await compileError(part, index);
    if (error) errors.push(error);
  }
  return errors;
}

async function debugBody(part: SandboxPart): Promise<string> {
  const compilation = await compilePart(part, true);
  return compilation.kind === 'compiled' ? compilation.body : '';
}

async function load({ parts, debug }: LoadProgram): Promise<LoadedProgram> {
  const compiled: CompiledPart[] = [];
  for (const part of parts) {
    const compilation = await compilePart(part, debug);
    if (compilation.kind === 'refused') throw new NotCompiled(await check(parts));
    compiled.push({ output: part.output, body: compilation.body });
  }
  const program: CompiledProgram = {
    parts: compiled,
    bufferName,
    debug,
    outputLimit: setup.outputLimit,
    lineLimit: setup.lineLimit,
  };
  const isolate = await newIsolate();
  try {
    const context = await isolate.createContext();
    const start = await context.eval(setup.renderingSource, { reference: true });
    const render: ivm.Reference = await start.apply(undefined, [JSON.stringify(program)], {
      timeout: setup.compileTimeoutMs,
      result: { reference: true },
    });
    return { isolate, render };
  } catch (error) {
    if (!isolate.isDisposed) isolate.dispose();
    if (error instanceof SyntaxError) throw new NotCompiled(await check(parts));
    throw error;
  }
}

function drop(key: string) {
  const program = programs.get(key);
  programs.delete(key);
  if (program && !program.isolate.isDisposed) program.isolate.dispose();
}

/** Ends the process when it grows too far: an isolate that eats memory may never answer again. */
function guardGrowth(): () => void {
  const limit = process.memoryUsage.rss() + setup.growthLimitMb * megabyte;
  const timer = setInterval(() => {
    if (process.memoryUsage.rss() < limit) return;
    clearInterval(timer);
    process.send?.({ kind: 'dying', reason: 'out-of-memory' } satisfies SandboxAnswer, die);
  }, growthCheckMs);
  return () => clearInterval(timer);
}

async function render(call: SandboxCall & { kind: 'render' }): Promise<SandboxAnswer> {
  call.drop.forEach(drop);
  let program = programs.get(call.programKey);
  if (!program && call.load) programs.set(call.programKey, (program = await load(call.load)));
  if (!program) return { kind: 'stopped', reason: 'crashed', message: 'The program is not loaded.' };
  const before = process.cpuUsage();
  try {
    const text: unknown = await program.render.apply(undefined, [call.shared, call.jobs], {
      timeout: call.timeoutMs,
    });
    return { kind: 'rendered', text: String(text) };
  } catch (error) {
    const { message } = error as Error;
    drop(call.programKey);
    if (/memory limit|allocation failed|Invalid (string|array buffer) length/i.test(message)) {
      return { kind: 'stopped', reason: 'out-of-memory', message };
    }
    if (!message.includes('timed out')) return { kind: 'stopped', reason: 'crashed', message };
    const { user, system } = process.cpuUsage(before);
    const wasBusy = (user + system) / 1000 > call.timeoutMs / 2;
    return { kind: 'stopped', reason: wasBusy ? 'timeout' : 'starved', message };
  }
}

async function answer(call: SandboxCall): Promise<SandboxAnswer> {
  const stopGuard = guardGrowth();
  try {
    if (call.kind === 'render') return await render(call);
    const debugBodies: string[] = [];
    for (const part of call.parts) debugBodies.push(await debugBody(part));
    return { kind: 'checked', errors: await check(call.parts), debugBodies };
  } catch (error) {
    if (error instanceof NotCompiled) return { kind: 'not-compiled', errors: error.errors };
    return { kind: 'stopped', reason: 'crashed', message: (error as Error).message };
  } finally {
    stopGuard();
  }
}

/**
 * isolated-vm gives results as strings whose characters lie outside of V8's heap. V8 does not count them: without this
 * the process would grow by the size of every result until it is killed.
 */
function collectResults(given: SandboxAnswer): void {
  if (given.kind !== 'rendered') return;
  uncollectedCharacters += given.text.length;
  if (uncollectedCharacters < charactersBetweenCollections) return;
  uncollectedCharacters = 0;
  collectGarbage();
}

process.once('message', (message: SandboxSetup) => {
  setup = message;
  process.on('message', (call: SandboxCall) => {
    void answer(call).then((given) => {
      say(given);
      collectResults(given);
    });
  });
  void compilerOf().then(() => say({ kind: 'ready' }));
});
