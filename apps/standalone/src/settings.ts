import { readSettings, type SettingsOf } from '@mailrun/platform-config';
import { busSettings, gatewaySettings, storingProcessAreas } from '@mailrun/platform-runtime';
import { secretsSettings } from '@mailrun/platform-secrets';
import { dispatcherSettings } from '@mailrun/service-dispatcher';
import { packagerSettings } from '@mailrun/service-packager';
import { rendererSettings } from '@mailrun/service-renderer';
import { billingSettings, runsSettings } from '@mailrun/service-runs';
import type { Environment } from './environment.js';

/** Every area of settings there is: the standalone shape has them all. */
export const allAreas = {
  ...storingProcessAreas,
  bus: busSettings,
  secrets: secretsSettings,
  gateway: gatewaySettings,
  billing: billingSettings,
  runs: runsSettings,
  renderer: rendererSettings,
  packager: packagerSettings,
  dispatcher: dispatcherSettings,
};

export type StandaloneSettings = {
  readonly [Area in keyof typeof allAreas]: SettingsOf<(typeof allAreas)[Area]>;
};

export const readAllSettings = (environment: Environment): StandaloneSettings =>
  readSettings(environment, allAreas);
