import { defineSettings, integer, type SettingsOf } from '@mailrun/platform-config';

const mebibyte = 1024 * 1024;

export const billingSettings = defineSettings({
  area: 'billing',
  settings: {
    documentMaxBytes: integer({
      min: 1024,
      max: 1024 * mebibyte,
      default: 25 * mebibyte,
      description: 'Largest document that can be uploaded for an invoice.',
    }),
  },
});

/** Type and Nest token in one; see `billingSettings` for what each means. */
export abstract class BillingSettings implements SettingsOf<typeof billingSettings> {
  abstract readonly documentMaxBytes: number;
}
