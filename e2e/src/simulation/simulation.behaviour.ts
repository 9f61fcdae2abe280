import { campaign } from './campaign.js';
import { tell } from './shorten.js';

/** Of all files together; more with `SIMULATION_SCHEDULES`. */
const all = Number(process.env['SIMULATION_SCHEDULES'] ?? 20_000);
const firstSeed = Number(process.env['SIMULATION_SEED'] ?? 1);

/** One of so many parts of the campaign: test files run side by side. */
export function simulationBehaviour(part: number, parts: number): void {
  it(`finds nothing that breaks the guarantee (part ${part} of ${parts})`, async () => {
    const schedules = Math.ceil(all / parts);
    const { found } = await campaign({ firstSeed: firstSeed + (part - 1) * schedules, schedules });
    expect(found && (await tell(found))).toBeUndefined();
  }, 3_600_000);
}
