import type { Setting } from './setting.js';

// The values' types differ from setting to setting; only what reads them cares.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Settings = Readonly<Record<string, Setting<any>>>;

export type ValuesOf<Given extends Settings> = {
  readonly [Name in keyof Given]: Given[Name] extends Setting<infer Value> ? Value : never;
};

/** A fault of one setting: `problem` is a sentence without a capital and without the value. */
export interface SettingFault {
  readonly name: string;
  readonly problem: string;
}

/** The settings of one area: a service, or a topic of the platform. */
export interface SettingsDefinition<Given extends Settings = Settings> {
  readonly area: string;
  readonly settings: Given;
  /** Rules over several settings; told by property. */
  check?(values: ValuesOf<Given>): Partial<Record<keyof Given, string>>;
}

/** The values of a definition: `type DispatcherSettings = SettingsOf<typeof dispatcherSettings>`. */
export type SettingsOf<Definition> =
  Definition extends SettingsDefinition<infer Given> ? ValuesOf<Given> : never;

/**
 * Declares the settings of an area. A property `idleTimeoutMs` of area `smtp` is read from
 * `MAILRUN_SMTP_IDLE_TIMEOUT_MS`.
 */
export function defineSettings<const Given extends Settings>(
  definition: SettingsDefinition<Given>,
): SettingsDefinition<Given> {
  return definition;
}

/** Name in the environment. */
export function nameOf(definition: SettingsDefinition, property: string): string {
  const own = definition.settings[property]?.env;
  return own ?? `MAILRUN_${screamingSnake(definition.area)}_${screamingSnake(property)}`;
}

function screamingSnake(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toUpperCase();
}
