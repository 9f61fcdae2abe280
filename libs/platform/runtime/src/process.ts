import { Module, type DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { openBlobStore, type BlobSettings } from '@mailrun/platform-blobs';
import { errorMessage } from '@mailrun/platform-errors';
import { InternalTokens, RouteClient, createHttpApp, type ServiceDirectory } from '@mailrun/platform-http';
import type { Database } from '@mailrun/platform-persistence';
import { SecretBox, type SecretsSettings } from '@mailrun/platform-secrets';
import {
  Health,
  Metrics,
  NestLogger,
  PinoLogger,
  TelemetryModule,
  type LogSettings,
  type Logger,
  type ManagementSettings,
  type TracingSettings,
} from '@mailrun/platform-telemetry';
import { BlobClaimStore } from './blob-claim-store.js';
import { startClaimSweep } from './claim-sweep.js';
import { busLog, busObserver, openBus, type ProcessBus } from './bus.js';
import type { BusSettings, InstallationSettings, InternalSettings } from './runtime-settings.js';
import { SurroundingsModule, type Surroundings } from './surroundings.module.js';

/** Settings that every process has. */
export interface ProcessSettings {
  readonly installation: InstallationSettings;
  readonly log: LogSettings;
  readonly management: ManagementSettings;
  readonly tracing: TracingSettings;
  readonly blobs: BlobSettings;
  /** Of processes that seal or open secrets; modules of others find no `SecretBox`. */
  readonly secrets?: SecretsSettings;
  readonly bus: BusSettings;
  readonly internal: InternalSettings;
}

export interface ProcessOptions {
  /** A service's name, or `standalone`. */
  readonly name: string;
  readonly settings: ProcessSettings;
  /** Modules behind the internal listener. */
  readonly modules: (surroundings: Surroundings, services: ServiceDirectory) => readonly DynamicModule[];
  /** The public listener, of processes that hold the gateway. */
  readonly publicApp?: {
    readonly module: (surroundings: Surroundings, services: ServiceDirectory) => DynamicModule;
    readonly host: string;
    readonly port: number;
    readonly trustProxy: boolean;
  };
  /** Whether all services are in this process: they find each other at its own internal listener. */
  readonly isStandalone?: boolean;
  /** With the bus inside the process: keeps its dead letters, as the role of `deadLetterSchema`. */
  readonly deadLetters?: Database;
  /** What a consumer that ended for good does to the process; default: end it, to be started anew. */
  readonly onCrash?: (error: unknown) => void;
}

/** A process that serves. */
export interface RunningProcess {
  readonly logger: Logger;
  readonly internal: NestFastifyApplication;
  readonly internalUrl: string;
  /** Of processes that hold the gateway. */
  readonly publicUrl: string | undefined;
  /** Orderly: no new work, what runs ends, connections close. */
  stop(): Promise<void>;
}

/** Puts a process together and starts it: bus, internal listener, public listener, management port. */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { name, settings } = options;
  const logger = PinoLogger.create({ level: settings.log.level, base: { service: name } });
  const directory: { -readonly [Name in keyof ServiceDirectory]: string } = servicesOf(settings.internal);
  const tokens = new InternalTokens(settings.internal.tokenSecret);
  const blobs = await openBlobStore(settings.blobs);
  const metrics = new Metrics();
  const onCrash =
    options.onCrash ??
    ((error: unknown) => {
      logger.fatal('The consumer ended for good; the process ends.', {}, error);
      process.exit(1);
    });
  const bus = openBus({
    service: name,
    prefix: settings.installation.prefix,
    settings: settings.bus,
    claims: new BlobClaimStore(blobs),
    deadLetters: options.deadLetters,
    observer: busObserver(metrics),
    log: busLog(logger),
    onCrash,
  });
  const surroundings: Surroundings = {
    blobs,
    ...(settings.secrets !== undefined && { secrets: new SecretBox(settings.secrets.keys) }),
    tokens,
    client: new RouteClient(directory, tokens),
    bus: bus.bus,
  };
  await bus.connect();

  class InternalRoot {}
  Module({
    imports: [
      TelemetryModule.register({ service: name, logger, metrics, ...settings }),
      SurroundingsModule.register(surroundings),
      ...options.modules(surroundings, directory),
    ],
  })(InternalRoot);
  const nestLogger = new NestLogger(logger);
  const internal = await createHttpApp(InternalRoot, { logger: nestLogger });
  const strategy = bus.strategy();
  internal.connectMicroservice({ strategy }, { inheritAppConfig: false });
  const health = internal.get(Health);
  registerBusHealth(health, strategy);
  health.register({ name: 'blobs', kind: 'ready', check: () => checkOf(() => blobs.check()) });
  // The listener first: modules ask each other by its address from their first moment on.
  await internal.listen(settings.internal.port, settings.internal.host);
  const internalUrl = loopback(await internal.getUrl());
  if (options.isStandalone === true) {
    for (const service of ['gateway', 'definitions', 'runs', 'renderer', 'packager', 'dispatcher'] as const) {
      directory[service] = internalUrl;
    }
  }
  await internal.startAllMicroservices();
  bus.startReplays();

  let publicApp: NestFastifyApplication | undefined;
  let publicUrl: string | undefined;
  if (options.publicApp !== undefined) {
    const { module, host, port, trustProxy } = options.publicApp;
    publicApp = await createHttpApp(module(surroundings, directory), { logger: nestLogger, trustProxy });
    await publicApp.listen(port, host);
    publicUrl = loopback(await publicApp.getUrl());
  }
  const stopSweep = startClaimSweep(blobs, logger);
  logger.info('Ready.', { internalUrl, publicUrl });
  return {
    logger,
    internal,
    internalUrl,
    publicUrl,
    stop: async () => {
      logger.info('Stopping.');
      stopSweep();
      await publicApp?.close();
      await internal.close();
      await bus.close();
      await blobs.close();
    },
  };
}

function registerBusHealth(health: Health, strategy: ReturnType<ProcessBus['strategy']>): void {
  for (const kind of ['live', 'ready'] as const) {
    health.register({
      name: `bus.${kind}`,
      kind,
      check: () => {
        const state = strategy.health();
        return { ok: state[kind], detail: JSON.stringify(state.detail) };
      },
    });
  }
}

function servicesOf(settings: InternalSettings): ServiceDirectory {
  const { gatewayUrl, definitionsUrl, runsUrl, rendererUrl, dispatcherUrl } = settings;
  return {
    ...(gatewayUrl !== undefined && { gateway: gatewayUrl }),
    ...(definitionsUrl !== undefined && { definitions: definitionsUrl }),
    ...(runsUrl !== undefined && { runs: runsUrl }),
    ...(rendererUrl !== undefined && { renderer: rendererUrl }),
    ...(dispatcherUrl !== undefined && { dispatcher: dispatcherUrl }),
  };
}

/** A check that throws is a no, with its words. */
async function checkOf(check: () => Promise<void>): Promise<{ ok: boolean; detail?: string }> {
  try {
    await check();
    return { ok: true };
  } catch (error) {
    return { ok: false, detail: errorMessage(error) };
  }
}

/** An address that this machine can call, of a listener on any. */
const loopback = (url: string) => url.replace(/\/\/(0\.0\.0\.0|\[::1?\])/, '//127.0.0.1');
