import { TemplateSandbox, type RenderOutcome } from '../../application/ports/template-sandbox.port.js';
import { endExplicitExpressions } from '../../domain/line-template.js';
import type { TemplateFault, TemplateFaultCode } from '../../domain/template-fault.js';
import type { RenderJob, TemplatePart, TemplateProgram } from '../../domain/template-program.js';
import { faultOfCompileError, faultsOfFileName, faultsOfUnknownNames, faultOfRendering } from './faults.js';
import type { LoadProgram, SandboxPart } from './process-protocol.js';
import { Quarantine } from './quarantine.js';
import { splitRendered } from './rendered-text.js';
import { SandboxPool } from './sandbox-pool.js';
import type { SandboxSettings } from './sandbox-settings.js';

/**
 * Measured: crossing over costs 4 µs of each side for a mail of 3 kB in and out; with larger calls twice that (buffers
 * above 128 kB are mapped anew each time), with smaller ones the round trip shows.
 */
const maxJobsPerCall = 32;
const maxCharactersPerCall = 128 * 1024;
/** A call with many jobs may take a little longer than one. */
const extraMsPerJob = 10;

interface Pending {
  readonly job: RenderJob;
  readonly json: string;
  /** How often it was stopped for a reason that need not be its own. */
  doubts: number;
  outcome: RenderOutcome | undefined;
}

/** Jobs that can share a call. */
interface Group {
  readonly program: TemplateProgram;
  readonly shared: string;
  readonly pending: Pending[];
}

/** Told of what should not happen often. */
export interface SandboxObserver {
  processStarted(): void;
  stopped(reason: 'timeout' | 'starved' | 'out-of-memory' | 'crashed'): void;
}

const noObserver: SandboxObserver = { processStarted: () => undefined, stopped: () => undefined };

/** vash in isolates in processes. */
export class VashSandbox extends TemplateSandbox {
  private readonly pool: SandboxPool;
  private readonly quarantine: Quarantine;

  constructor(
    private readonly settings: SandboxSettings,
    private readonly observer: SandboxObserver = noObserver,
  ) {
    super();
    this.pool = new SandboxPool(settings, () => observer.processStarted());
    this.quarantine = new Quarantine(settings.killsBeforeQuarantine, settings.quarantineMs);
  }

  get pids(): readonly number[] {
    return this.pool.pids;
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  /** Called by Nest when the transports have stopped. */
  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  async render(jobs: readonly RenderJob[]): Promise<readonly RenderOutcome[]> {
    const groups = new Map<string, Group>();
    const sharedJson = new Map<RenderJob['shared'], string>();
    const all = jobs.map((job): Pending => {
      let shared = sharedJson.get(job.shared);
      if (shared === undefined) sharedJson.set(job.shared, (shared = JSON.stringify(job.shared)));
      const { customer, invoices, nowMs, seed, renderings } = job;
      const json = JSON.stringify({ customer, invoices, nowMs, seed, renderings });
      const pending: Pending = { job, json, doubts: 0, outcome: undefined };
      const key = `${job.program.key} ${shared}`;
      const group = groups.get(key);
      if (group) group.pending.push(pending);
      else groups.set(key, { program: job.program, shared, pending: [pending] });
      return pending;
    });

    const calls = [...groups.values()].flatMap((group) => [...splitGroup(group)]);
    // All calls are awaited also when one meets an outage: none may go on behind the caller's back.
    const settled = await Promise.allSettled(calls.map((call) => this.renderTogether(call)));
    for (const result of settled) if (result.status === 'rejected') throw result.reason;
    return all.map(({ outcome }) => {
      if (!outcome) throw new Error('A job was left without an outcome.');
      return outcome;
    });
  }

  async check(parts: readonly TemplatePart[]): Promise<readonly TemplateFault[]> {
    const sources = parts.map(toSandboxPart);
    const answer = await this.pool.check(sources);
    if (answer.kind !== 'checked') {
      return [
        { code: 'template.syntax-error', detail: 'The template could not be compiled: it is too complex.' },
      ];
    }
    return [
      ...answer.errors.map((error) => faultOfCompileError(error, sources)),
      ...answer.debugBodies.flatMap((body, part) => faultsOfUnknownNames(body, part, sources)),
      ...parts.flatMap(faultsOfFileName),
    ];
  }

  /** One call for all; when that fails, each alone, so that neighbours of a bad one go on. */
  private async renderTogether(group: Group): Promise<void> {
    const { program, pending } = group;
    const failAll = (fault: TemplateFault) => {
      for (const item of pending) item.outcome = { kind: 'failed', fault };
    };
    if (this.quarantine.has(program.key)) return failAll(quarantined);

    const load: LoadProgram = { parts: program.parts.map(toSandboxPart), debug: false };
    const timeoutMs = this.settings.renderTimeoutMs + (pending.length - 1) * extraMsPerJob;
    const jobs = pending.map(({ json }) => json).join('\n');
    const answer = await this.pool.render({
      programKey: program.key,
      program: load,
      shared: group.shared,
      jobs,
      timeoutMs,
    });
    switch (answer.kind) {
      case 'rendered': {
        const results = splitRendered(answer.text);
        this.quarantine.forgive(program.key, pending.length);
        for (const [index, item] of pending.entries()) {
          const result = results[index];
          if (result === undefined) throw new Error('The sandbox answered fewer jobs than it was given.');
          if (isResults(result)) item.outcome = { kind: 'rendered', results: result };
          else {
            const located = await this.locate(group, item, load);
            item.outcome = { kind: 'failed', fault: faultOfRendering(result, located, load.parts) };
          }
        }
        return;
      }
      case 'not-compiled': {
        const [first] = answer.errors;
        return failAll(
          first
            ? faultOfCompileError(first, load.parts)
            : { code: 'template.syntax-error', detail: 'The template does not compile.' },
        );
      }
      case 'stopped':
      case 'died': {
        this.observer.stopped(answer.reason);
        const [only] = pending;
        if (pending.length > 1 || only === undefined) return await this.renderEachAlone(group);
        // A process may also die of something else, or be given no time: once is no proof yet.
        const isDoubtful = answer.reason === 'crashed' || answer.reason === 'starved';
        if (isDoubtful && ++only.doubts < 2) return await this.renderTogether(group);
        this.quarantine.record(program.key);
        only.outcome = {
          kind: 'failed',
          fault: stopFaults[answer.reason === 'starved' ? 'timeout' : answer.reason](this.settings),
        };
        return;
      }
      case 'ready':
      case 'checked':
      case 'dying':
        throw new Error(`The sandbox answered '${answer.kind}' to a rendering.`);
    }
  }

  private async renderEachAlone({ program, shared, pending }: Group): Promise<void> {
    for (const item of pending) await this.renderTogether({ program, shared, pending: [item] });
  }

  /** Renders a failed job once more with line tracking; it fails in the same way, as nothing depends on time. */
  private async locate({ program, shared }: Group, item: Pending, load: LoadProgram) {
    const answer = await this.pool.render({
      programKey: `${program.key} debug`,
      program: { ...load, debug: true },
      shared,
      jobs: item.json,
      timeoutMs: this.settings.renderTimeoutMs,
    });
    if (answer.kind !== 'rendered') return undefined;
    const [result] = splitRendered(answer.text);
    return result === undefined || isResults(result) ? undefined : result.at;
  }
}

const isResults = (result: ReturnType<typeof splitRendered>[number]): result is readonly string[] =>
  Array.isArray(result);

function toSandboxPart({ source, output }: TemplatePart): SandboxPart {
  return { output, source: output === 'line' ? endExplicitExpressions(source) : source };
}

function* splitGroup({ program, shared, pending }: Group): Generator<Group> {
  let part: Pending[] = [];
  let characters = 0;
  for (const item of pending) {
    if (
      part.length >= maxJobsPerCall ||
      (part.length > 0 && characters + item.json.length > maxCharactersPerCall)
    ) {
      yield { program, shared, pending: part };
      part = [];
      characters = 0;
    }
    part.push(item);
    characters += item.json.length;
  }
  if (part.length > 0) yield { program, shared, pending: part };
}

const stopFaults: Record<
  'timeout' | 'out-of-memory' | 'crashed',
  (settings: SandboxSettings) => TemplateFault
> = {
  timeout: ({ renderTimeoutMs }) => ({
    code: 'template.timeout' satisfies TemplateFaultCode,
    detail: `Rendering took longer than ${renderTimeoutMs} ms and was stopped. Look for a loop that does not end.`,
  }),
  'out-of-memory': ({ isolateMemoryMb }) => ({
    code: 'template.out-of-memory',
    detail: `Rendering needed more than ${isolateMemoryMb} MB of memory and was stopped. Look for a list that only grows.`,
  }),
  crashed: () => ({
    code: 'template.crashed',
    detail: 'Rendering ended the process that it ran in, twice. Simplify the template.',
  }),
};

const quarantined: TemplateFault = {
  code: 'template.quarantined',
  detail:
    'Earlier mails of this template version had to be stopped, so it is not tried for now. ' +
    'Correct the template, publish it, and send the rest.',
};
