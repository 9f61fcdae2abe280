import { choice, defineSettings, integer, text, url, type SettingsOf } from '@mailrun/platform-config';
import { logLevels } from './log/logger.js';

export const logSettings = defineSettings({
  area: 'log',
  settings: {
    level: choice(logLevels, { default: 'info', description: 'Least important log lines that are written.' }),
  },
});

export const managementSettings = defineSettings({
  area: 'management',
  settings: {
    host: text({ default: '0.0.0.0', description: 'Address of the management port; it must not be public.' }),
    port: integer({
      min: 0,
      max: 65_535,
      default: 9090,
      description: 'Port of /health/live, /health/ready and /metrics; 0 takes any free one.',
    }),
  },
});

export const tracingSettings = defineSettings({
  area: 'tracing',
  settings: {
    endpoint: url({
      env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      protocols: ['http', 'https'],
      optional: true,
      description:
        'Where traces are sent (OTLP over HTTP); without it there are none. Other OTEL_ variables apply.',
    }),
  },
});

export type LogSettings = SettingsOf<typeof logSettings>;
export type ManagementSettings = SettingsOf<typeof managementSettings>;
export type TracingSettings = SettingsOf<typeof tracingSettings>;
