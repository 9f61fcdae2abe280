import { nameOf, type SettingsDefinition } from './define-settings.js';

/** A row of the settings table. */
export interface SettingDescription {
  readonly name: string;
  readonly area: string;
  readonly type: string;
  /** 'ms', 'bytes', …, as the name's end says. */
  readonly unit: string | undefined;
  /** As it would be written; undefined for a secret or where there is none. */
  readonly default: string | undefined;
  readonly isRequired: boolean;
  readonly isSecret: boolean;
  readonly description: string;
}

const units: readonly (readonly [suffix: RegExp, unit: string])[] = [
  [/_MS$/, 'ms'],
  [/_SECONDS$/, 'seconds'],
  [/_HOURS$/, 'hours'],
  [/_DAYS$/, 'days'],
  [/_BYTES$/, 'bytes'],
  [/_PER_MINUTE$/, 'per minute'],
];

/** For documents: everything about an area's settings but their values. */
export function describeSettings(definition: SettingsDefinition): readonly SettingDescription[] {
  return Object.entries(definition.settings).map(([property, setting]) => {
    const name = nameOf(definition, property);
    return {
      name,
      area: definition.area,
      type: setting.type,
      unit: units.find(([suffix]) => suffix.test(name))?.[1],
      default: setting.isSecret || setting.default === undefined ? undefined : written(setting.default),
      isRequired: setting.isRequired,
      isSecret: setting.isSecret,
      description: setting.description,
    };
  });
}

function written(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value);
}
