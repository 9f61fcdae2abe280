import { Stage, type SystemUnderTest } from '../scenarios/scenario.js';
import type { BillingCompany } from '../company/billing-company.js';
import { badConfiguration } from './bad-configuration.scenario.js';
import { hostileMails } from './hostile-mails.scenario.js';
import { malformedBodies } from './malformed-bodies.scenario.js';
import { strangers } from './strangers.scenario.js';

/** What must not come in, and what must do no harm when it does. */
export function badInput(system: SystemUnderTest): void {
  describe('what is only refused', () => {
    let stage: Stage;
    let company: BillingCompany;
    beforeAll(async () => {
      stage = await Stage.build(system());
      company = await stage.company({ name: 'Careful' });
    });
    afterAll(() => stage.clear());
    malformedBodies(() => company);
    badConfiguration(() => company);
  });
  strangers(system);
  hostileMails(system);
}
