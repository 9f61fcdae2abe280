import type { SimulatedProcess } from '../process.js';
import type { World } from '../world.js';
import type { MailBefore, MailRow } from './rule.js';

/** Which process holds a claim, by its token: the one that acted when the token appeared. */
export class Claims {
  private readonly holders = new Map<string, SimulatedProcess>();

  constructor(private readonly world: World) {}

  see(before: MailBefore | undefined, { token }: MailRow): void {
    const { acting } = this.world;
    if (token !== undefined && token !== before?.token && acting) this.holders.set(token, acting);
  }

  holderOf(token: string | undefined): SimulatedProcess | undefined {
    return token === undefined ? undefined : this.holders.get(token);
  }
}
