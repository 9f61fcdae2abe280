import { readSettings } from '@mailrun/platform-config';
import { persistenceOf, serve, startProcess, storingProcessAreas } from '@mailrun/platform-runtime';
import { secretsSettings } from '@mailrun/platform-secrets';
import { DefinitionsModule } from '@mailrun/service-definitions';

await serve(() => {
  const settings = readSettings(process.env, { ...storingProcessAreas, secrets: secretsSettings });
  return startProcess({
    name: 'definitions',
    settings,
    modules: () => [DefinitionsModule.register({ persistence: persistenceOf(settings, 'definitions') })],
  });
}, 60_000);
