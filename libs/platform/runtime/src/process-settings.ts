import { blobSettings } from '@mailrun/platform-blobs';
import { secretSettings } from '@mailrun/platform-secrets';
import { logSettings, managementSettings, tracingSettings } from '@mailrun/platform-telemetry';
import { busSettings, databaseSettings, installationSettings, internalSettings } from './runtime-settings.js';

/** Areas of settings that every process has, for `readSettings(environment, { ...processAreas, … })`. */
export const processAreas = {
  installation: installationSettings,
  log: logSettings,
  management: managementSettings,
  tracing: tracingSettings,
  blobs: blobSettings,
  secrets: secretSettings,
  bus: busSettings,
  internal: internalSettings,
};

/** The same for processes of services that keep something in PostgreSQL. */
export const storingProcessAreas = { ...processAreas, database: databaseSettings };
