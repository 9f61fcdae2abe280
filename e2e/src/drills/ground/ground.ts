import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  BreakablePostgres,
  FaultyStore,
  localhostCertificate,
  S3Server,
  TopicTamper,
} from '@mailrun/testing';
import { BillingCompany } from '../../company/billing-company.js';
import { keys, setUpContent } from '../../company/configuration.js';
import { customerCodes, manyInvoices } from '../../company/many-invoices.js';
import { KafkaSystem } from '../../system/kafka-system.js';

/** Customers of each company: few, since the archives of each are opened with a program of their own. */
export const customers = customerCodes(12);

/** Shorter waits than at work, where a drill would sit them out; and mails with attachments go through the store. */
const settings = {
  MAILRUN_PACKAGER_INLINE_MAX_BYTES: '2500',
  MAILRUN_DISPATCHER_FINAL_REPLY_TIMEOUT_MS: '4000',
  // Connections that wait end before the time in which an answer must come, as they do at work.
  MAILRUN_DISPATCHER_IDLE_CONNECTION_MS: '2000',
  MAILRUN_DISPATCHER_REPLY_TIMEOUT_MS: '3000',
  MAILRUN_DISPATCHER_FIRST_RETRY_MS: '1000',
  MAILRUN_RUNS_FEED_AGAIN_MS: '3000',
  MAILRUN_DISPATCHER_CONNECT_TIMEOUT_MS: '2000',
  MAILRUN_BLOBS_S3_IDLE_TIMEOUT_MS: '2000',
};

/**
 * A whole system on which drills take place, one after the other: six services on Kafka, PostgreSQL and S3 of their own, all
 * of which can be broken, and two companies. Starting it takes long, so drills share it; each has runs and a mail server
 * of its own.
 */
export class Ground {
  private periods = 0;

  private constructor(
    /** Also of the folder of its logs. */
    readonly name: string,
    readonly system: KafkaSystem,
    readonly postgres: BreakablePostgres,
    readonly s3: S3Server,
    /** In front of the S3 server. */
    readonly store: FaultyStore,
    readonly tamper: TopicTamper,
    readonly companies: readonly BillingCompany[],
    private readonly folder: string,
  ) {}

  static async start(name: string): Promise<Ground> {
    const [postgres, s3] = await Promise.all([BreakablePostgres.start(), S3Server.start()]);
    const folder = await mkdtemp(join(tmpdir(), 'mailrun-drills-'));
    const authority = join(folder, 'authority.pem');
    await writeFile(authority, localhostCertificate.cert);
    const store = await FaultyStore.start(s3.endpoint);
    const parts: { system?: KafkaSystem } = {};
    try {
      const system = await KafkaSystem.start({
        name,
        postgresUrl: postgres.url,
        hasOwnKafka: true,
        settings: {
          ...settings,
          MAILRUN_DISPATCHER_TRUSTED_CERTIFICATES: authority,
          MAILRUN_BLOBS_STORE: 's3',
          MAILRUN_BLOBS_S3_BUCKET: s3.bucket,
          MAILRUN_BLOBS_S3_REGION: s3.region,
          MAILRUN_BLOBS_S3_ENDPOINT: store.endpoint,
          MAILRUN_BLOBS_S3_ACCESS_KEY_ID: s3.credentials.accessKeyId,
          MAILRUN_BLOBS_S3_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
        },
      });
      parts.system = system;
      const companies = await Promise.all(['Alpha', 'Beta'].map((company) => companyOn(system, company)));
      const tamper = new TopicTamper(system.kafka.brokers);
      return new Ground(name, system, postgres, s3, store, tamper, companies, folder);
    } catch (error) {
      await parts.system?.stop();
      await Promise.all([postgres.stop(), s3.stop(), store.stop()]);
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

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

  /** The name of a topic on this broker. */
  topic(message: string): string {
    return `${this.system.prefix}.${message}.v1`;
  }

  /** Undoes what a drill may have left, and waits until everything serves. */
  async restore(): Promise<void> {
    this.store.plan = undefined;
    for (const process of this.system.all) process.thaw();
    await this.tamper.stop();
    // What just came back may still say that it is well from before.
    await delay(100);
    await this.system.serving();
  }

  async stop(): Promise<void> {
    await this.tamper.stop();
    try {
      await this.system.stop();
    } finally {
      await Promise.all([this.postgres.stop(), this.store.stop(), this.s3.stop()]);
      await rm(this.folder, { recursive: true, force: true });
    }
  }
}

/** Every third customer has its invoices sent to more than one address. */
async function companyOn(system: KafkaSystem, name: string): Promise<BillingCompany> {
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
