import { Global, Module, type DynamicModule } from '@nestjs/common';
import { BlobStore } from '@mailrun/platform-blobs';
import {
  CallAuthenticator,
  InternalTokenAuthenticator,
  InternalTokens,
  RouteClient,
} from '@mailrun/platform-http';
import { MessageBus } from '@mailrun/platform-messaging';
import { SecretBox } from '@mailrun/platform-secrets';

/** What every service module of a process finds around it, besides telemetry. */
export interface Surroundings {
  readonly blobs: BlobStore;
  /** In processes with secrets' keys. */
  readonly secrets?: SecretBox;
  readonly tokens: InternalTokens;
  readonly client: RouteClient;
  readonly bus: MessageBus;
}

/** Gives the surroundings to all modules of an application with an internal listener. */
@Global()
@Module({})
export class SurroundingsModule {
  static register({ blobs, secrets, tokens, client, bus }: Surroundings): DynamicModule {
    const providers = [
      { provide: BlobStore, useValue: blobs },
      ...(secrets === undefined ? [] : [{ provide: SecretBox, useValue: secrets }]),
      { provide: InternalTokens, useValue: tokens },
      { provide: RouteClient, useValue: client },
      { provide: MessageBus, useValue: bus },
      { provide: CallAuthenticator, useValue: new InternalTokenAuthenticator(tokens) },
    ];
    return { module: SurroundingsModule, providers, exports: providers.map(({ provide }) => provide) };
  }
}
