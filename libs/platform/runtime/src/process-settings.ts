import { blobSettings } from '@mailrun/platform-blobs';
import { logSettings, managementSettings, tracingSettings } from '@mailrun/platform-telemetry';
import {
  databaseSettings,
  installationSettings,
  internalSettings,
  kafkaBusSettings,
} from './runtime-settings.js';

/** Areas of settings that every service on its own has, for `readSettings(environment, { ...processAreas, … })`. */
export const processAreas = {
  installation: installationSettings,
  log: logSettings,
  management: managementSettings,
  tracing: tracingSettings,
  blobs: blobSettings,
  bus: kafkaBusSettings,
  internal: internalSettings,
};

/** The same for services that keep something in PostgreSQL. */
export const storingProcessAreas = { ...processAreas, database: databaseSettings };
