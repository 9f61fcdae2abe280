import { setTimeout as delay } from 'node:timers/promises';
import type { DryRun, Import, ImportKind, MessageRun, RunState } from '@mailrun/contracts';
import type { System } from './system.js';

/** Each look costs the system a few milliseconds of processor time. */
const pollMs = 200;

/** The public API, as far as benchmarks use it. */
export class ApiClient {
  constructor(private readonly system: Pick<System, 'api' | 'apiKey' | 'checkAlive'>) {}

  async call<Body>(
    method: 'GET' | 'PUT' | 'POST',
    path: string,
    content?: object | { readonly bytes: Buffer | string; readonly type: string },
  ): Promise<Body> {
    const isBytes = content !== undefined && 'bytes' in content;
    const type = isBytes ? content.type : 'application/json';
    const response = await fetch(this.system.api + path, {
      method,
      headers: {
        authorization: `Bearer ${this.system.apiKey}`,
        ...(content !== undefined && { 'content-type': type }),
      },
      ...(content !== undefined && { body: isBytes ? content.bytes : JSON.stringify(content) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 2000)}`);
    return JSON.parse(text === '' ? 'null' : text) as Body;
  }

  /** @throws when a line was refused */
  async importLines(kind: ImportKind, lines: readonly object[]): Promise<void> {
    const bytes = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    let found = await this.call<Import>('POST', `/v1/imports/${kind}`, {
      bytes,
      type: 'application/x-ndjson',
    });
    while (found.state === 'running') {
      await delay(pollMs);
      found = await this.call<Import>('GET', `/v1/imports/${found.id}`);
    }
    if (found.state !== 'completed' || found.refused > 0)
      throw new Error(`The import of ${kind} is ${found.state}: ${JSON.stringify(found).slice(0, 1000)}`);
  }

  readRun(id: string): Promise<MessageRun> {
    return this.call<MessageRun>('GET', `/v1/message-runs/${id}`);
  }

  readDryRun(id: string): Promise<DryRun> {
    return this.call<DryRun>('GET', `/v1/message-runs/${id}/dry-run`);
  }

  /** Reads the run again and again, until it is in none of these states. */
  async follow(id: string, states: readonly RunState[]): Promise<MessageRun> {
    for (;;) {
      const run = await this.readRun(id);
      if (!states.includes(run.state)) return run;
      await this.system.checkAlive();
      await delay(pollMs);
    }
  }
}
