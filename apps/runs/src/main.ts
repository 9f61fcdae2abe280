import { readSettings } from '@mailrun/platform-config';
import { persistenceOf, serve, startProcess, storingProcessAreas } from '@mailrun/platform-runtime';
import { secretsSettings } from '@mailrun/platform-secrets';
import { RunsModule, billingSettings, runsSettings } from '@mailrun/service-runs';

await serve(() => {
  const settings = readSettings(process.env, {
    ...storingProcessAreas,
    secrets: secretsSettings,
    billing: billingSettings,
    runs: runsSettings,
  });
  return startProcess({
    name: 'runs',
    settings,
    modules: () => [RunsModule.register({ persistence: persistenceOf(settings, 'runs'), settings })],
  });
}, 60_000);
