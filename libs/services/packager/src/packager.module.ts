import { Module, type DynamicModule } from '@nestjs/common';
import { BlobStore } from '@mailrun/platform-blobs';
import { MessageBus } from '@mailrun/platform-messaging';
import { SecretBox } from '@mailrun/platform-secrets';
import { Metrics } from '@mailrun/platform-telemetry';
import { PackageMessages } from './application/package-message/package-messages.use-case.js';
import { PackagerMetrics } from './application/packager-metrics.js';
import type { PackagerSettings } from './application/packager-settings.js';
import { ArchiveWriter } from './application/ports/archive-writer.port.js';
import { SealMessage } from './application/seal-message/seal-message.js';
import { PackageMessageHandler } from './inbound/package-message.handler.js';
import { ArchiverArchiveWriter } from './outbound/archives/archiver.archive-writer.js';

/**
 * Attachments and the sealed mail. Needs from the process, as global providers: `BlobStore`, `MessageBus`,
 * `SecretBox`, `Metrics`, `Logger`; and a batch transport for its service, `packager`. It keeps nothing: when the
 * transport has stopped, there is nothing left to close.
 */
@Module({})
export class PackagerModule {
  static register(options: { readonly settings: PackagerSettings }): DynamicModule {
    return {
      module: PackagerModule,
      controllers: [PackageMessageHandler],
      providers: [
        { provide: ArchiveWriter, useFactory: () => new ArchiverArchiveWriter() },
        {
          provide: SealMessage,
          inject: [BlobStore, ArchiveWriter, SecretBox],
          useFactory: (blobs: BlobStore, archives: ArchiveWriter, secrets: SecretBox) =>
            new SealMessage(blobs, archives, secrets, options.settings),
        },
        {
          provide: PackagerMetrics,
          inject: [Metrics, SealMessage],
          useFactory: (metrics: Metrics, sealMessage: SealMessage) =>
            new PackagerMetrics(metrics, () => sealMessage.inFlightBytes),
        },
        {
          provide: PackageMessages,
          inject: [SealMessage, MessageBus, PackagerMetrics],
          useFactory: (sealMessage: SealMessage, bus: MessageBus, metrics: PackagerMetrics) =>
            new PackageMessages(sealMessage, bus, metrics),
        },
      ],
    };
  }
}
