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
import type { BillingCompany } from '../../company/billing-company.js';
import { KafkaSystem } from '../../system/kafka-system.js';
import { DeadLetters } from './dead-letters.js';
import { DrillGround, shortWaits, twoCompanies } from './drill-ground.js';

const settings = {
  ...shortWaits,
  // Mails with attachments go through the store.
  MAILRUN_PACKAGER_INLINE_MAX_BYTES: '2500',
  MAILRUN_BLOBS_S3_IDLE_TIMEOUT_MS: '2000',
};

/**
 * Six services on Kafka, PostgreSQL and S3 of their own, all of which can be broken. Starting it takes long, so drills share
 * it.
 */
export class Ground extends DrillGround {
  private constructor(
    name: string,
    readonly system: KafkaSystem,
    readonly postgres: BreakablePostgres,
    readonly s3: S3Server,
    /** In front of the S3 server. */
    readonly store: FaultyStore,
    readonly tamper: TopicTamper,
    private readonly deadLetters: DeadLetters,
    companies: readonly BillingCompany[],
    private readonly folder: string,
  ) {
    super(name, companies);
  }

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
      const companies = await twoCompanies(system);
      const tamper = new TopicTamper(system.kafka.brokers);
      const deadLetters = new DeadLetters(system.kafka.brokers, system.prefix);
      return new Ground(name, system, postgres, s3, store, tamper, deadLetters, companies, folder);
    } catch (error) {
      await parts.system?.stop();
      await Promise.all([postgres.stop(), s3.stop(), store.stop()]);
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** The name of a topic on this broker. */
  topic(message: string): string {
    return `${this.system.prefix}.${message}.v1`;
  }

  async newBugs(): Promise<string[]> {
    const letters = await this.deadLetters.newBugs();
    return letters.map(({ topic, reason }) => `a dead letter of ${topic}: ${reason.detail}`);
  }

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
