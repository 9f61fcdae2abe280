import { FaultySmtpServer, type SmtpFaultPlan } from '@mailrun/testing';
import { checkInvariants } from '../invariants/check-invariants.js';
import { BillingCompany, type CompanyOptions } from '../company/billing-company.js';
import { setUp } from '../company/configuration.js';
import type { System } from '../system/system.js';

/** What a scenario needs of the system, which is started before its first test. */
export type SystemUnderTest = () => System;

/** Companies and the mail server that only they use, for one scenario. */
export class Stage {
  readonly companies: BillingCompany[] = [];

  private constructor(
    private readonly system: System,
    readonly mailServer: FaultySmtpServer,
  ) {}

  static async build(system: System, plan?: SmtpFaultPlan): Promise<Stage> {
    return new Stage(system, await FaultySmtpServer.start(plan === undefined ? {} : { plan }));
  }

  /** A company whose only mail server is this stage's, with its configuration. */
  async company(
    options: CompanyOptions,
    serverSettings: Parameters<typeof setUp>[2] = {},
  ): Promise<BillingCompany> {
    const company = await BillingCompany.create(this.system, options);
    await setUp(company, this.mailServer, { maxConnections: 5, ...serverSettings });
    this.companies.push(company);
    return company;
  }

  get ledger() {
    return this.mailServer.ledger;
  }

  checkInvariants() {
    return checkInvariants(this.system, { companies: this.companies, ledger: this.ledger });
  }

  async clear(): Promise<void> {
    await this.mailServer.stop();
  }
}

/** The mail server thinks for a while before it says that it took a mail. */
export const slowly =
  (delayMs: number): SmtpFaultPlan =>
  ({ stage }) =>
    stage === 'final' ? { kind: 'delay', delayMs } : undefined;

/** A fresh stage for each test of a `describe`. */
export function withStage(system: SystemUnderTest, plan?: SmtpFaultPlan): () => Stage {
  let stage: Stage | undefined;
  beforeEach(async () => {
    stage = await Stage.build(system(), plan);
  });
  afterEach(async () => {
    await stage?.clear();
    stage = undefined;
  });
  return () => {
    if (stage === undefined) throw new Error('The stage is built before each test.');
    return stage;
  };
}
