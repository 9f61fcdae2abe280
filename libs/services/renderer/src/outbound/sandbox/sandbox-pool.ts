import { Outage } from '@mailrun/platform-errors';
import type { LoadProgram, SandboxAnswer } from './process-protocol.js';
import { SandboxProcess, type Death } from './sandbox-process.js';
import type { SandboxSettings } from './sandbox-settings.js';

export interface PoolRender {
  readonly programKey: string;
  readonly program: LoadProgram;
  readonly shared: string;
  readonly jobs: string;
  readonly timeoutMs: number;
}

/** How much later than the isolate's own limit the process is killed: only for what no longer answers. */
const graceMs = 2000;

interface Slot {
  process: SandboxProcess | undefined;
}

/** A fixed number of sandbox processes, started when first needed and again after each death. */
export class SandboxPool {
  private readonly slots: Slot[];
  private readonly idle: Slot[];
  private readonly queue: ((slot: Slot) => void)[] = [];
  private isClosed = false;

  constructor(
    private readonly settings: SandboxSettings,
    private readonly onStart: () => void,
  ) {
    this.slots = Array.from({ length: settings.processes }, () => ({ process: undefined }));
    this.idle = [...this.slots];
  }

  /** Process ids, for diagnosis and tests. */
  get pids(): readonly number[] {
    return this.slots.flatMap(({ process }) =>
      process?.pid === undefined || process.isDead ? [] : [process.pid],
    );
  }

  async render(work: PoolRender): Promise<SandboxAnswer | Death> {
    return await this.withProcess(async (process) => {
      const isHeld = process.programs.delete(work.programKey);
      process.programs.add(work.programKey);
      const drop = [...process.programs].slice(0, -this.settings.programsPerProcess);
      drop.forEach((key) => process.programs.delete(key));
      const compileMs = isHeld ? 0 : this.settings.compileTimeoutMs;
      const answer = await process.call(
        {
          kind: 'render',
          programKey: work.programKey,
          ...(!isHeld && { load: work.program }),
          drop,
          shared: work.shared,
          jobs: work.jobs,
          timeoutMs: work.timeoutMs,
        },
        work.timeoutMs + compileMs + graceMs,
      );
      if (answer.kind !== 'rendered') process.programs.delete(work.programKey);
      return answer;
    });
  }

  async check(parts: LoadProgram['parts']): Promise<SandboxAnswer | Death> {
    const deadlineMs = this.settings.compileTimeoutMs * Math.max(1, parts.length) + graceMs;
    return await this.withProcess((process) => process.call({ kind: 'check', parts }, deadlineMs));
  }

  /** Ends all processes; calls under way end in an Outage. */
  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all(
      this.slots.map(async ({ process }) => {
        process?.kill('crashed');
        await process?.ended;
      }),
    );
  }

  private async withProcess<Result>(work: (process: SandboxProcess) => Promise<Result>): Promise<Result> {
    const slot = this.idle.pop() ?? (await new Promise<Slot>((resolve) => this.queue.push(resolve)));
    try {
      if (this.isClosed) throw closing();
      if (!slot.process || slot.process.isDead) {
        slot.process = await SandboxProcess.start(this.settings);
        this.onStart();
      }
      const result = this.isClosed ? undefined : await work(slot.process);
      if (this.isClosed || result === undefined) {
        slot.process.kill('crashed');
        throw closing();
      }
      return result;
    } finally {
      const next = this.queue.shift();
      if (next) next(slot);
      else this.idle.push(slot);
    }
  }
}

const closing = () => new Outage('renderer.sandbox-closed', 'The template sandbox is shutting down.');
