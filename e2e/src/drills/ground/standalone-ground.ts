import type { BillingCompany } from '../../company/billing-company.js';
import { EmbeddedSystem } from '../../system/embedded-system.js';
import { DrillGround, shortWaits, twoCompanies } from './drill-ground.js';

interface Letter {
  readonly id: string;
  readonly topic: string;
  readonly family: 'refusal' | 'bug';
  readonly detail: string;
}

/** Everything in one process, as `npm start` has it, with a bus that forgets and a PostgreSQL of its own. */
export class StandaloneGround extends DrillGround {
  private readonly known = new Set<string>();

  private constructor(
    name: string,
    readonly system: EmbeddedSystem,
    companies: readonly BillingCompany[],
  ) {
    super(name, companies);
  }

  static async start(name: string): Promise<StandaloneGround> {
    const system = await EmbeddedSystem.start({ name, settings: shortWaits });
    try {
      return new StandaloneGround(name, system, await twoCompanies(system));
    } catch (error) {
      await system.stop();
      throw error;
    }
  }

  async newBugs(): Promise<string[]> {
    const printed = await this.system.command('dead-letters', 'list', '--json', '--limit=500');
    const { items } = JSON.parse(printed) as { items: Letter[] };
    const letters = items.filter(({ id, family }) => family === 'bug' && !this.known.has(id));
    for (const { id } of letters) this.known.add(id);
    return letters.map(({ topic, detail }) => `a dead letter of ${topic}: ${detail}`);
  }

  restore(): Promise<void> {
    return this.system.checkAlive();
  }

  stop(): Promise<void> {
    return this.system.stop();
  }
}
