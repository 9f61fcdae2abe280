import { readSettings } from '@mailrun/platform-config';
import { processAreas, serve, startProcess } from '@mailrun/platform-runtime';
import { secretsSettings } from '@mailrun/platform-secrets';
import { PackagerModule, packagerSettings } from '@mailrun/service-packager';

await serve(() => {
  const settings = readSettings(process.env, {
    ...processAreas,
    secrets: secretsSettings,
    packager: packagerSettings,
  });
  return startProcess({
    name: 'packager',
    settings,
    modules: () => [PackagerModule.register({ settings: settings.packager })],
  });
}, 60_000);
