import { availableParallelism } from 'node:os';
import { Module, type DynamicModule } from '@nestjs/common';
import { BlobStore } from '@mailrun/platform-blobs';
import { MessageBus } from '@mailrun/platform-messaging';
import { Metrics } from '@mailrun/platform-telemetry';
import { CheckTemplates } from './application/check-templates/check-templates.use-case.js';
import { MakeMissingDocuments } from './application/make-documents/make-documents.use-case.js';
import { PinnedTemplatesCache } from './application/pinned-templates.js';
import { TemplateSandbox } from './application/ports/template-sandbox.port.js';
import { PreviewTemplates } from './application/preview-templates/preview-templates.use-case.js';
import { RenderMessages } from './application/render-message/render-messages.use-case.js';
import { RendererMetrics } from './application/renderer-metrics.js';
import type { RendererSettings } from './application/renderer-settings.js';
import { MakeDocumentsHandler } from './inbound/make-documents.handler.js';
import { RenderMessageHandler } from './inbound/render-message.handler.js';
import { TemplatesController } from './inbound/templates.controller.js';
import { defaultSandboxSettings, type SandboxSettings } from './outbound/sandbox/sandbox-settings.js';
import { VashSandbox } from './outbound/sandbox/vash-sandbox.js';

/**
 * The template sandbox. Needs from the process, as global providers: `BlobStore`, `MessageBus`, `Metrics`, `Logger`,
 * `CallAuthenticator`; and a batch transport for its service, `renderer`. It keeps nothing; its processes end when the
 * application has shut down, or by themselves when this process is gone.
 */
@Module({})
export class RendererModule {
  static register({ settings }: { readonly settings: RendererSettings }): DynamicModule {
    return {
      module: RendererModule,
      controllers: [RenderMessageHandler, MakeDocumentsHandler, TemplatesController],
      providers: [
        {
          provide: RendererMetrics,
          inject: [Metrics],
          useFactory: (metrics: Metrics) => new RendererMetrics(metrics),
        },
        {
          provide: TemplateSandbox,
          inject: [RendererMetrics],
          useFactory: (metrics: RendererMetrics) => new VashSandbox(sandboxSettingsOf(settings), metrics),
        },
        {
          provide: PinnedTemplatesCache,
          inject: [BlobStore],
          useFactory: (blobs: BlobStore) => new PinnedTemplatesCache(blobs, settings.cacheBytes),
        },
        {
          provide: RenderMessages,
          inject: [TemplateSandbox, PinnedTemplatesCache, MessageBus, RendererMetrics],
          useFactory: (
            sandbox: TemplateSandbox,
            pins: PinnedTemplatesCache,
            bus: MessageBus,
            metrics: RendererMetrics,
          ) => new RenderMessages(sandbox, pins, bus, metrics),
        },
        {
          provide: MakeMissingDocuments,
          inject: [TemplateSandbox, PinnedTemplatesCache, BlobStore, MessageBus, RendererMetrics],
          useFactory: (
            sandbox: TemplateSandbox,
            pins: PinnedTemplatesCache,
            blobs: BlobStore,
            bus: MessageBus,
            metrics: RendererMetrics,
          ) => new MakeMissingDocuments(sandbox, pins, blobs, bus, metrics),
        },
        {
          provide: CheckTemplates,
          inject: [TemplateSandbox],
          useFactory: (sandbox: TemplateSandbox) => new CheckTemplates(sandbox),
        },
        {
          provide: PreviewTemplates,
          inject: [TemplateSandbox],
          useFactory: (sandbox: TemplateSandbox) => new PreviewTemplates(sandbox),
        },
      ],
    };
  }
}

function sandboxSettingsOf(settings: RendererSettings): SandboxSettings {
  return {
    ...defaultSandboxSettings,
    processes: settings.sandboxProcesses || availableParallelism(),
    renderTimeoutMs: settings.renderTimeoutMs,
    isolateMemoryMb: settings.isolateMemoryMb,
    growthLimitMb: 3 * settings.isolateMemoryMb,
    outputLimit: settings.resultMaxCharacters,
    programsPerProcess: settings.programsPerProcess,
    killsBeforeQuarantine: settings.stopsBeforeQuarantine,
    quarantineMs: settings.quarantineMs,
  };
}
