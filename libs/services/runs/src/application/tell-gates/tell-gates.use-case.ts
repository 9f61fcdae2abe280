import { Injectable } from '@nestjs/common';
import { runControl } from '@mailrun/contracts';
import { isOutage } from '@mailrun/platform-errors';
import { MessageBus, outgoing } from '@mailrun/platform-messaging';
import { Logger } from '@mailrun/platform-telemetry';
import { Dispatcher } from '../ports/dispatcher.port.js';
import { GateStore, type UntoldGate } from '../ports/gate-store.port.js';
import { WorkIndex, type WorkItem } from '../ports/work-index.port.js';

/** Tells the dispatcher the state of rounds, by HTTP and until it confirms; the bus carries a hint besides. */
@Injectable()
export class TellGates {
  constructor(
    private readonly gates: GateStore,
    private readonly work: WorkIndex,
    private readonly dispatcher: Dispatcher,
    private readonly bus: MessageBus,
    private readonly logger: Logger,
  ) {}

  /** @returns whether every gate is confirmed */
  async tellAll(): Promise<boolean> {
    const told = await Promise.all((await this.work.list('gate')).map((item) => this.tellRun(item)));
    return told.every(Boolean);
  }

  private async tellRun(item: WorkItem): Promise<boolean> {
    try {
      for (const gate of await this.gates.untold(item)) await this.tell(gate);
      await this.work.done('gate', item);
      return true;
    } catch (error) {
      if (!isOutage(error)) throw error;
      this.logger.warn('The dispatcher does not know the state of a run yet', { runId: item.runId }, error);
      return false;
    }
  }

  private async tell(gate: UntoldGate): Promise<void> {
    const { tenantId, runId, mode, round, revision, state } = gate;
    await this.dispatcher.putGate(tenantId, runId, { round, revision, state });
    await this.gates.confirm(gate);
    // A hint for the other replicas: nobody waits for it, and a broker that is down must not delay a stop.
    this.bus
      .publish([outgoing(runControl, { tenantId, mode, runId, round }, { runId, round, revision, state })])
      .catch((error: unknown) => this.logger.warn('The hint of a gate was not published', { runId }, error));
  }
}
