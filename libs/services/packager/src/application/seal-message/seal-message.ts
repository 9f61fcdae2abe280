import type { BusMessage, DispatchMessage, PackageMessage } from '@mailrun/contracts';
import type { BlobStore } from '@mailrun/platform-blobs';
import type { SecretBox } from '@mailrun/platform-secrets';
import { transportAddress } from '../../domain/addresses.js';
import type { Mail } from '../../domain/mail/compose-mail.js';
import { oneLine } from '../../domain/mail/header-field.js';
import { messageIdOf } from '../../domain/message-id.js';
import { requiredPassword } from '../../domain/protection.js';
import { addressMail, type Addressing } from '../../domain/recipients.js';
import { refusals } from '../../domain/refusals.js';
import { ByteBudget } from '../byte-budget.js';
import type { PackagerSettings } from '../packager-settings.js';
import type { ArchiveWriter } from '../ports/archive-writer.port.js';
import { Attachments } from './attachments.js';
import { openPassword } from './customer-password.js';
import { InlineImages } from './inline-images.js';
import { RunPinsCache, type PackagerPins } from './run-pins.js';
import { sealMail } from './sealed-mail.js';
import { SealedMailKeeper } from './sealed-mail-keeper.js';

export type SealedContent = Extract<DispatchMessage['content'], { kind: 'sealed' }>;

const mebibyte = 1024 * 1024;
/** Documents, archive and mail are in memory at the same time. */
const copiesInMemory = 3;

/** Makes the sealed mail of one message: everything between its rendered parts and bytes that never change. */
export class SealMessage {
  private readonly pins: RunPinsCache;
  private readonly images: InlineImages;
  private readonly attachments: Attachments;
  private readonly keeper: SealedMailKeeper;
  private readonly budget: ByteBudget;

  constructor(
    blobs: BlobStore,
    archives: ArchiveWriter,
    private readonly secrets: SecretBox,
    private readonly settings: PackagerSettings,
    private readonly now: () => Date = () => new Date(),
  ) {
    this.pins = new RunPinsCache(blobs, settings.cacheBytes);
    this.images = new InlineImages(blobs, settings.cacheBytes);
    this.attachments = new Attachments(blobs, archives, settings.mailMaxBytes);
    this.keeper = new SealedMailKeeper(blobs, settings.inlineMaxBytes);
    this.budget = new ByteBudget(settings.inFlightBytes);
  }

  /** Memory in use for mails that are being sealed, by their estimated sizes. */
  get inFlightBytes(): number {
    return this.budget.usedBytes;
  }

  /**
   * @throws Refusal `package.…` when there can be no mail
   * @throws Outage when a store is away
   */
  async execute(message: BusMessage<PackageMessage>): Promise<SealedContent> {
    const { body } = message;
    const pins = await this.pins.get(body.pins);
    const password = requiredPassword({
      passwordKey: pins.passwordKey,
      zip: pins.zip,
      attachmentCount: body.attachments.length,
      password: openPassword(this.secrets, message),
    });
    if (body.html === undefined && body.text === undefined) throw refusals.bodyMissing();
    const { mode } = message.headers;
    const addressing = addressMail({ ...body, bcc: pins.bcc, mode, testAddress: pins.testAddress });
    const documentBytes = body.attachments.reduce((sum, { content }) => sum + content.sizeBytes, 0);
    return this.budget.use(Math.max(documentBytes * copiesInMemory, mebibyte), () =>
      this.seal(message, pins, addressing, password),
    );
  }

  private async seal(
    { headers, body }: BusMessage<PackageMessage>,
    pins: PackagerPins,
    addressing: Addressing,
    password: string | undefined,
  ): Promise<SealedContent> {
    const { sender } = pins;
    const envelopeFrom = transportAddress(sender.address, "The sender's address");
    const messageIdHeader = messageIdOf(body.messageId, body.copy, envelopeFrom);
    const subject = headers.mode === 'test' ? `[TEST] ${oneLine(body.subject)}` : oneLine(body.subject);
    const date = this.now();
    const [images, attachments] = await Promise.all([
      this.images.usedBy(body.html, pins.images),
      this.attachments.collect(body, { zip: pins.zip, password, at: date }),
    ]);
    const mail: Mail = {
      from: { address: envelopeFrom, name: sender.displayName },
      replyTo:
        sender.replyTo === undefined
          ? undefined
          : { address: transportAddress(sender.replyTo, "The sender's reply address") },
      to: addressing.to,
      cc: addressing.cc,
      subject,
      date,
      messageId: messageIdHeader,
      originalRecipients: addressing.originalRecipients,
      html: body.html,
      text: body.text,
      images,
      attachments,
    };
    const sealed = await sealMail(mail, this.settings.mailMaxBytes);
    const { tenantId } = headers;
    return {
      kind: 'sealed',
      transport: 'smtp',
      serverKey: sender.serverKey,
      fromKey: sender.fromKey,
      inDoubtPolicy: pins.inDoubtPolicy,
      ...(pins.giveUpAfterHours === undefined ? {} : { giveUpAfterHours: pins.giveUpAfterHours }),
      messageIdHeader,
      subject,
      envelopeFrom,
      recipients: addressing.envelope.map(({ kind, address }) => ({ kind, address })),
      sha256: sealed.sha256,
      sizeBytes: sealed.sizeBytes,
      bytes: await this.keeper.keep(sealed, { tenantId, messageId: body.messageId, copy: body.copy }),
    };
  }
}
