import { describeSettings, type SettingDescription } from '@mailrun/platform-config';
import { code, generatedNote, table } from './markdown.js';
import { serviceAreas } from './service-areas.js';

/** A setting, and the services that read it. */
interface Row extends SettingDescription {
  readonly services: readonly string[];
}

function rows(): readonly Row[] {
  const byName = new Map<string, Row>();
  for (const [service, areas] of Object.entries(serviceAreas)) {
    for (const setting of Object.values(areas).flatMap(describeSettings)) {
      const services = [...(byName.get(setting.name)?.services ?? []), service];
      byName.set(setting.name, { ...setting, services });
    }
  }
  return [...byName.values()];
}

const intro = `# Settings

${generatedNote}

Settings come from environment variables, are read once at start, and all faults are reported together, without any
value. An empty text counts as not given. Times, sizes and rates have their unit in the name.

The standalone shape (\`npm start\`, \`npm run demo\`) reads all of them, and makes what is missing: an embedded PostgreSQL
without \`DATABASE_URL\`, secrets that it keeps in its data folder (\`secrets.json\`), a bus inside the process without
\`KAFKA_BROKERS\`. A service in a process of its own needs all that are marked **required**.

An internal address (\`MAILRUN_INTERNAL_…_URL\`) is needed by each service in a process of its own that asks the named one;
giving all five to every service is right.`;

/** The settings table: an area each. */
export function settingsTable(): string {
  const all = rows();
  const areas = [...new Set(all.map(({ area }) => area))];
  const everyone = Object.keys(serviceAreas).length;
  const sections = areas.map((area) => {
    const own = all.filter((row) => row.area === area);
    const { services } = own[0]!;
    const readers = services.length === everyone ? 'every service' : services.join(', ');
    return [
      `## ${area}`,
      `Read by ${readers}.`,
      table(['setting', 'what', 'value', 'default'], own.map(row)),
    ].join('\n\n');
  });
  return [intro, ...sections].join('\n\n');
}

function row(setting: Row): readonly string[] {
  return [
    code(setting.name),
    `${setting.description}${setting.isSecret ? ' Secret.' : ''}`,
    setting.unit === undefined ? setting.type : `${setting.type} (${setting.unit})`,
    setting.isRequired ? '**required**' : code(setting.default ?? ''),
  ];
}

/** For the chart: which settings there are, which of them are secrets, and who reads them. */
export const chartSettings = (): string =>
  JSON.stringify(
    Object.fromEntries(
      rows().map(({ name, isSecret, isRequired, services }) => [name, { isSecret, isRequired, services }]),
    ),
  );
