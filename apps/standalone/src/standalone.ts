import { TypeOrmDatabase, deadLetterSchema, openDataSource } from '@mailrun/platform-persistence';
import { persistenceOf, startProcess, type RunningProcess } from '@mailrun/platform-runtime';
import { DefinitionsModule } from '@mailrun/service-definitions';
import { DispatcherModule } from '@mailrun/service-dispatcher';
import { GatewayInternalModule, GatewayModule } from '@mailrun/service-gateway';
import { PackagerModule } from '@mailrun/service-packager';
import { RendererModule } from '@mailrun/service-renderer';
import { RunsModule } from '@mailrun/service-runs';
import { bootstrapAll, migrateAll } from './database-commands.js';
import { DataFolder } from './data-folder.js';
import { openEnvironment, type Environment } from './environment.js';
import { readAllSettings } from './settings.js';
import { makeTopics } from './topics-command.js';

/** Every service in one process, which brings its own database up to date first. */
export interface Standalone {
  readonly running: RunningProcess;
  readonly folder: DataFolder;
  /** Of the public API, without `/v1`. */
  readonly api: string;
  stop(): Promise<void>;
}

/** @param dataFolder holds what is not given in the environment: database, blobs, secrets */
export async function startStandalone(dataFolder: string, given: Environment): Promise<Standalone> {
  const folder = await DataFolder.hold(dataFolder);
  const { environment, close } = await openEnvironment(folder, given);
  try {
    const settings = readAllSettings(environment);
    await bootstrapAll(settings);
    await migrateAll(settings);
    if (settings.bus.brokers !== undefined) await makeTopics(settings);
    const deadLetterSource = await openDataSource({
      ...persistenceOf(settings, deadLetterSchema),
      poolSize: 2,
    });
    const gateway = { persistence: persistenceOf(settings, 'gateway'), ...settings.gateway };
    const running = await startProcess({
      name: 'standalone',
      settings,
      isStandalone: true,
      deadLetters: new TypeOrmDatabase(deadLetterSource),
      modules: ({ tokens }, services) => [
        GatewayInternalModule.register({ ...gateway, tokens, services }),
        DefinitionsModule.register({ persistence: persistenceOf(settings, 'definitions') }),
        RunsModule.register({ persistence: persistenceOf(settings, 'runs'), settings }),
        RendererModule.register({ settings: settings.renderer }),
        PackagerModule.register({ settings: settings.packager }),
        DispatcherModule.register({
          persistence: persistenceOf(settings, 'dispatcher'),
          settings: settings.dispatcher,
        }),
      ],
      publicApp: {
        ...settings.gateway,
        module: ({ tokens }, services) => GatewayModule.register({ ...gateway, tokens, services }),
      },
    });
    return {
      running,
      folder,
      api: running.publicUrl ?? '',
      stop: async () => {
        await running.stop();
        await deadLetterSource.destroy();
        await close();
        await folder.release();
      },
    };
  } catch (error) {
    await close();
    await folder.release();
    throw error;
  }
}
