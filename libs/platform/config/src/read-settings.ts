import { nameOf, type SettingFault, type SettingsDefinition, type SettingsOf } from './define-settings.js';

/** All that is wrong with the environment at once; holds names and advice, never a value. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'config.bad-settings';

  constructor(readonly faults: readonly SettingFault[]) {
    super(
      [
        'These settings are wrong or missing:',
        ...faults.map((fault) => `- ${fault.name}: ${fault.problem}`),
      ].join('\n'),
    );
  }
}

/**
 * Reads the areas that a process needs: `readSettings(process.env, { blobs: blobSettings, dispatcher: … })`. An empty
 * text counts as not given. Throws {@link SettingsError} with the faults of all areas together.
 */
export function readSettings<const Definitions extends Readonly<Record<string, SettingsDefinition>>>(
  environment: Readonly<Record<string, string | undefined>>,
  definitions: Definitions,
): { readonly [Area in keyof Definitions]: SettingsOf<Definitions[Area]> } {
  const faults: SettingFault[] = [];
  const areas = Object.entries(definitions).map(([area, definition]) => [
    area,
    readArea(environment, definition, faults),
  ]);
  if (faults.length > 0) throw new SettingsError(faults);
  return Object.freeze(Object.fromEntries(areas)) as {
    readonly [Area in keyof Definitions]: SettingsOf<Definitions[Area]>;
  };
}

function readArea(
  environment: Readonly<Record<string, string | undefined>>,
  definition: SettingsDefinition,
  faults: SettingFault[],
): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  const before = faults.length;
  for (const [property, setting] of Object.entries(definition.settings)) {
    const name = nameOf(definition, property);
    const given = environment[name]?.trim();
    if (given === undefined || given === '') {
      if (setting.isRequired) faults.push({ name, problem: `is required: ${setting.description}` });
      values[property] = setting.default;
      continue;
    }
    const result = setting.schema.safeParse(given);
    if (result.success) values[property] = result.data;
    else faults.push({ name, problem: result.error.issues[0]!.message });
  }
  // Rules over several settings only make sense over readable ones.
  if (faults.length === before && definition.check !== undefined) {
    for (const [property, problem] of Object.entries(definition.check(values))) {
      if (problem !== undefined) faults.push({ name: nameOf(definition, property), problem });
    }
  }
  return Object.freeze(values);
}
