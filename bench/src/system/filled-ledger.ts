import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import nodemailer from 'nodemailer';
import { FolderBlobStore } from '@mailrun/platform-blobs';
import { createServiceDatabase, type ServiceTestDatabase } from '@mailrun/platform-persistence/testing';
import { dispatcherMigrations, openBareDispatcher, type BareDispatcher } from '@mailrun/service-dispatcher';
import { smallHtml, subject } from '../content/mail-texts.js';
import type { Place } from '../frame/place.js';
import { CountingBus } from './counting-bus.js';

/** As a fed batch has. */
const intakeBatch = 500;
/** Above it sealed bytes are blobs. */
const inlineLimitBytes = 16_384;

/** A dispatcher's database with mails that wait, all due now, for one server of one tenant. */
export interface FilledLedger {
  readonly tenantId: string;
  readonly service: ServiceTestDatabase;
  readonly blobFolder: string;
  readonly blobs: FolderBlobStore;
  drop(): Promise<void>;
}

/** On the PostgreSQL that was started last. */
export async function fillLedger(
  place: Place,
  { mails, bytes }: { readonly mails: number; readonly bytes: Buffer },
): Promise<FilledLedger> {
  const service = await createServiceDatabase('dispatcher', dispatcherMigrations);
  const blobFolder = join(await place.folder(), 'blobs');
  const blobs = await FolderBlobStore.open(blobFolder);
  const tenantId = newId();
  const dispatcher = openBareDispatcher({
    database: service.database,
    blobs,
    bus: new CountingBus(0),
    servers: { find: () => Promise.resolve(undefined), findSender: () => Promise.resolve(undefined) },
  });
  await dispatcher.modes.put(tenantId, 'live', 1);
  await accept(dispatcher, { tenantId, bytes, mails, blobs });
  return {
    tenantId,
    service,
    blobFolder,
    blobs,
    drop: async () => {
      await service.drop();
      await blobs.close();
    },
  };
}

async function accept(
  dispatcher: BareDispatcher,
  of: { tenantId: string; bytes: Buffer; mails: number; blobs: FolderBlobStore },
): Promise<void> {
  const { tenantId, bytes, mails, blobs } = of;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const runId = newId();
  const mail = async () => {
    const messageId = newId();
    const blobKey = `sealed/${tenantId}/${messageId}/1/${sha256}`;
    const isInline = bytes.length <= inlineLimitBytes;
    if (!isInline) await blobs.put(blobKey, bytes, { sha256 });
    return {
      tenantId,
      messageId,
      copy: 1,
      runId,
      round: 1,
      mode: 'live' as const,
      fedAt: new Date(),
      content: {
        kind: 'sealed' as const,
        serverKey: 'main',
        fromKey: 'billing',
        inDoubtPolicy: 'hold' as const,
        messageIdHeader: `<${messageId}.1@company.test>`,
        subject,
        envelopeFrom: 'billing@company.test',
        recipients: [{ kind: 'to' as const, address: 'customer@customers.test' }],
        sha256,
        sizeBytes: bytes.length,
        bytes: isInline ? { inline: bytes } : { blobKey },
      },
    };
  };
  for (let left = mails; left > 0; left -= intakeBatch) {
    const batch = Array.from({ length: Math.min(intakeBatch, left) }, mail);
    await dispatcher.acceptMails.accept(await Promise.all(batch));
  }
}

/** The bytes of a mail as `sendMail` would compose it. */
export async function sealedBytes(document?: Buffer): Promise<Buffer> {
  const composer = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  const { message } = await composer.sendMail({
    from: 'billing@company.test',
    to: 'customer@customers.test',
    subject,
    html: smallHtml,
    ...(document !== undefined && {
      attachments: [{ filename: 'invoice.pdf', contentType: 'application/pdf', content: document }],
    }),
  });
  return message as Buffer;
}

/** A UUIDv7 of now (RFC 9562). */
export function newId(): string {
  const hex = Date.now().toString(16).padStart(12, '0') + randomBytes(10).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
