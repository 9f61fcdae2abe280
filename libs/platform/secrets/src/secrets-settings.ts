import { defineSettings, parsed, type SettingsOf } from '@mailrun/platform-config';
import { KeyRing } from './key-ring.js';

export const secretsSettings = defineSettings({
  area: 'secrets',
  settings: {
    keys: parsed('id:base64key,id2:base64key2,…', (given) => KeyRing.parse(given), {
      secret: true,
      description:
        'Keys of 256 bits (openssl rand -base64 32) that seal passwords and credentials: the first seals, all open.',
    }),
  },
});
export type SecretsSettings = SettingsOf<typeof secretsSettings>;
