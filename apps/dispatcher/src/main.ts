import { readSettings } from '@mailrun/platform-config';
import { persistenceOf, serve, startProcess, storingProcessAreas } from '@mailrun/platform-runtime';
import { secretsSettings } from '@mailrun/platform-secrets';
import { DispatcherModule, dispatcherSettings } from '@mailrun/service-dispatcher';

/** A conversation under way may wait ten minutes for the mail server's last answer (RFC 5321 4.5.3.2.6). */
const graceMs = 11 * 60_000;

await serve(() => {
  const settings = readSettings(process.env, {
    ...storingProcessAreas,
    secrets: secretsSettings,
    dispatcher: dispatcherSettings,
  });
  return startProcess({
    name: 'dispatcher',
    settings,
    modules: () => [
      DispatcherModule.register({
        persistence: persistenceOf(settings, 'dispatcher'),
        settings: settings.dispatcher,
      }),
    ],
  });
}, graceMs);
