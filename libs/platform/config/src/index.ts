export {
  defineSettings,
  nameOf,
  type SettingFault,
  type SettingsDefinition,
  type SettingsOf,
} from './define-settings.js';
export { describeSettings, type SettingDescription } from './describe-settings.js';
export { SettingsError, readSettings } from './read-settings.js';
export {
  choice,
  decimal,
  flag,
  integer,
  list,
  milliseconds,
  parsed,
  text,
  url,
  type Setting,
} from './setting.js';
