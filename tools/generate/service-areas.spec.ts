import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { serviceAreas } from './service-areas.js';

const root = resolve(import.meta.dirname, '../..');

/** Names of the settings that an app's `main.ts` imports: `runsSettings`, `storingProcessAreas`. */
function importedBy(service: string): readonly string[] {
  const text = readFileSync(join(root, 'apps', service, 'src/main.ts'), 'utf8');
  const imports = [...text.matchAll(/import \{([^}]*)\}/g)].flatMap((match) => match[1]!.split(','));
  return imports
    .map((name) => name.trim())
    .filter((name) => /^\w+(Settings|Areas)$/.test(name) && name !== 'readSettings');
}

describe('The areas of settings of each service', () => {
  it.each(Object.entries(serviceAreas))('are those that the main.ts of %s reads', (service, areas) => {
    const base = 'database' in areas ? 'storingProcessAreas' : 'processAreas';
    const common = new Set(['installation', 'log', 'management', 'tracing', 'blobs', 'bus', 'internal']);
    const own = Object.keys(areas).filter((area) => !common.has(area) && area !== 'database');
    expect([...importedBy(service)].sort()).toEqual([base, ...own.map((area) => `${area}Settings`)].sort());
  });
});
