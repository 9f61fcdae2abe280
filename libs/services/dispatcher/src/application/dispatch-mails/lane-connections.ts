import { ConnectError, type MailConnection } from '../ports/mail-connections.port.js';
import type { Carrier } from './carrier.js';
import type { GrantedLimits } from './granted-limits.js';
import type { LaneParts } from './lane-parts.js';
import type { Probe } from './probe.js';
import type { ServerListener } from './server-listener.js';

/** After a connection that was not let in, before the limits say how many are. */
const refusedConnectionMs = 1_000;

/** Opens and closes connections to one mail server, and counts them. */
export class LaneConnections {
  private open = 0;
  private noneUntil = 0;

  constructor(
    private readonly parts: Pick<LaneParts, 'connections' | 'attend'>,
    private readonly granted: GrantedLimits,
    private readonly probe: Probe,
    private readonly listener: ServerListener,
  ) {}

  /** Those that are being opened or closed included. */
  get count(): number {
    return this.open;
  }

  /** New settings: the server may let in again. */
  forget(): void {
    this.noneUntil = 0;
  }

  /** Whether one may be opened; with a half-open circuit one probes. */
  mayOpen(carrier?: Carrier): boolean {
    if (this.granted.connectionsNow === 0 || performance.now() < this.noneUntil) return false;
    return this.granted.circuit === 'closed' || this.probe.mayConnect(carrier);
  }

  /** Undefined when the server did not let it in: the limits know of it then. */
  async tryOpen(carrier: Carrier): Promise<MailConnection | undefined> {
    const isProbe = this.granted.circuit === 'half-open';
    if (isProbe) this.probe.connects(carrier);
    this.open += 1;
    try {
      return await this.parts.connections.open(carrier.settings, isProbe);
    } catch (error) {
      this.open -= 1;
      if (!(error instanceof ConnectError)) throw error;
      this.noneUntil = performance.now() + refusedConnectionMs;
      await this.listener.hearRefusal(carrier, error.fault);
      return undefined;
    }
  }

  /** Counts until the server has let go of it: another replica may open one in its place then. */
  async close(connection: MailConnection | undefined): Promise<void> {
    if (!connection) return;
    await connection.close();
    this.open -= 1;
    if (this.open !== this.granted.connections || this.granted.circuit !== 'closed') return;
    // The last one too many: others wait for what is free now.
    this.granted.askAgain();
    this.parts.attend();
  }
}
