import { randomBytes } from 'node:crypto';
import { BillingCompany } from '../../company/billing-company.js';
import { keys, setUpContent } from '../../company/configuration.js';
import { customerCodes, manyInvoices } from '../../company/many-invoices.js';
import type { System } from '../../system/system.js';

/** Customers of each company: few, since the archives of each are opened with a program of their own. */
export const customers = customerCodes(12);

/** Shorter waits than at work, where a drill would sit them out. */
export const shortWaits = {
  MAILRUN_DISPATCHER_FINAL_REPLY_TIMEOUT_MS: '4000',
  // Connections that wait end before the time in which an answer must come, as they do at work.
  MAILRUN_DISPATCHER_IDLE_CONNECTION_MS: '2000',
  MAILRUN_DISPATCHER_REPLY_TIMEOUT_MS: '3000',
  MAILRUN_DISPATCHER_FIRST_RETRY_MS: '1000',
  MAILRUN_RUNS_FEED_AGAIN_MS: '3000',
  MAILRUN_DISPATCHER_CONNECT_TIMEOUT_MS: '2000',
  // All mails to a customer follow each other: runs would pause themselves for those whose addresses are unknown.
  MAILRUN_RUNS_MAX_FAILED_SHARE: '1',
};

/** A whole system on which drills take place, one after the other, and two companies. Each drill has runs of its own. */
export abstract class DrillGround {
  private periods = 0;

  protected constructor(
    /** Also of the folder of its logs. */
    readonly name: string,
    readonly companies: readonly BillingCompany[],
  ) {}

  abstract readonly system: System;

  /**
   * A sentence for each record that was given up because of a bug of ours, as far as it was not named before. Whatever
   * goes wrong around a service, it is an outage for it, which it waits out; nothing that was valid may end there.
   */
  abstract newBugs(): Promise<string[]>;

  /** Undoes what a drill may have left, and waits until everything serves. */
  abstract restore(): Promise<void>;

  abstract stop(): Promise<void>;

  /** A month that no run on this ground was about. */
  nextPeriod(): { readonly series: string; readonly periodFirstDay: string; readonly periodLastDay: string } {
    const month = this.periods;
    this.periods += 1;
    const series = `${1900 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`;
    return { series, periodFirstDay: `${series}-01`, periodLastDay: `${series}-28` };
  }

  /** A name for keys that no drill used before. */
  nextName(): string {
    return `drill-${randomBytes(4).toString('hex')}`;
  }
}

/** Two companies whose every third customer has its invoices sent to more than one address. */
export const twoCompanies = (system: System): Promise<BillingCompany[]> =>
  Promise.all(['Alpha', 'Beta'].map((name) => companyOn(system, name)));

async function companyOn(system: System, name: string): Promise<BillingCompany> {
  const company = await BillingCompany.create(system, { name });
  await setUpContent(company);
  const data = manyInvoices(company, customers.length, 0);
  await company.importAll('clusters', data.clusters);
  await company.importAll(
    'customers',
    data.customers.map((customer, index) => {
      const others = index % 3 === 0 ? (['to', 'cc'] as const) : [];
      const { [keys.recipient]: own = [] } = customer.emails ?? {};
      const [, domain] = company.senderAddress.split('@');
      const added = others.map((kind) => ({
        kind,
        address: `${kind}-${customer.code.toLowerCase()}@customers.${domain}`,
      }));
      return { ...customer, emails: { [keys.recipient]: [...(own ?? []), ...added] } };
    }),
  );
  return company;
}
