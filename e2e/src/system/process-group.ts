import type { ServiceProcess } from './service-process.js';

/** The processes of one system. */
export class ProcessGroup {
  private readonly byName: Map<string, ServiceProcess>;

  constructor(processes: readonly ServiceProcess[]) {
    this.byName = new Map(processes.map((process) => [process.name, process]));
  }

  /** All at once, as a cluster would; they wait for each other by themselves. */
  async start(): Promise<void> {
    const results = await Promise.allSettled([...this.byName.values()].map((process) => process.start()));
    throwRejected(results);
  }

  get all(): readonly ServiceProcess[] {
    return [...this.byName.values()];
  }

  /** One more, which is started by itself. */
  add(process: ServiceProcess): void {
    this.byName.set(process.name, process);
  }

  /** Forgets one that has ended. */
  remove(name: string): void {
    this.byName.delete(name);
  }

  named(name: string): ServiceProcess {
    const process = this.byName.get(name);
    if (process === undefined) throw new Error(`There is no process '${name}'.`);
    return process;
  }

  async checkAlive(): Promise<void> {
    for (const process of this.byName.values()) {
      const { unexpectedEnd } = process;
      if (unexpectedEnd !== undefined) throw new Error(`${unexpectedEnd}. ${await process.lastWords()}`);
    }
  }

  async stop(): Promise<void> {
    throwRejected(await Promise.allSettled([...this.byName.values()].map((process) => process.stop())));
  }
}

function throwRejected(results: readonly PromiseSettledResult<void>[]): void {
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, errors.map(({ message }) => message).join('\n'));
}
