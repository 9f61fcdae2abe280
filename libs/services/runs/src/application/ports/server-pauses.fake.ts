import { ServerPauses } from './server-pauses.port.js';

/** Whatever a test says is paused. */
export class FakeServerPauses extends ServerPauses {
  /** Server keys, by run. */
  readonly paused = new Map<string, string>();

  override async of(_: string, runIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return new Map([...this.paused].filter(([runId]) => runIds.includes(runId)));
  }
}
