import type { SettingsDefinition } from '@mailrun/platform-config';
import { gatewaySettings, processAreas, storingProcessAreas } from '@mailrun/platform-runtime';
import { secretsSettings } from '@mailrun/platform-secrets';
import { dispatcherSettings } from '@mailrun/service-dispatcher';
import { packagerSettings } from '@mailrun/service-packager';
import { rendererSettings } from '@mailrun/service-renderer';
import { billingSettings, runsSettings } from '@mailrun/service-runs';

/**
 * The areas of settings that each service's process reads, as its `main.ts` does; a test compares. The standalone
 * shape reads all of them.
 */
export const serviceAreas: Readonly<Record<string, Readonly<Record<string, SettingsDefinition>>>> = {
  gateway: { ...storingProcessAreas, gateway: gatewaySettings },
  definitions: { ...storingProcessAreas, secrets: secretsSettings },
  runs: { ...storingProcessAreas, secrets: secretsSettings, billing: billingSettings, runs: runsSettings },
  renderer: { ...processAreas, renderer: rendererSettings },
  packager: { ...processAreas, secrets: secretsSettings, packager: packagerSettings },
  dispatcher: { ...storingProcessAreas, secrets: secretsSettings, dispatcher: dispatcherSettings },
};
