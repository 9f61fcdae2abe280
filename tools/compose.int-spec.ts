import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

const root = resolve(import.meta.dirname, '..');

interface ComposeService {
  readonly image: string;
  readonly build?: { readonly args: { readonly APP: string } };
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly depends_on?: Readonly<Record<string, unknown>>;
}

const servicesOf = (file: string) =>
  Object.entries(
    (
      parse(readFileSync(join(root, 'deploy', file), 'utf8'), { merge: true }) as {
        services: Record<string, ComposeService>;
      }
    ).services,
  );

const settings = JSON.parse(readFileSync(join(root, 'helm/mailrun/files/settings.json'), 'utf8')) as Record<
  string,
  { isRequired: boolean; services: readonly string[] }
>;

describe.each(['compose.yaml', 'compose.services.yaml'])('deploy/%s', (file) => {
  const services = servicesOf(file);
  const ours = services.filter(([, { image }]) => image.startsWith('mailrun/'));

  it.each(ours)('gives %s settings that exist', (_, { environment = {} }) => {
    expect(Object.keys(environment).filter((name) => !(name in settings))).toEqual([]);
  });

  it.each(ours)('builds the image of %s from the app of that name', (_, { image, build }) => {
    expect(`mailrun/${build?.args.APP}`).toBe(image);
  });

  it('waits for services that it has', () => {
    const names = services.map(([name]) => name);
    for (const [, { depends_on: waitsFor = {} }] of services) {
      expect(names).toEqual(expect.arrayContaining(Object.keys(waitsFor)));
    }
  });
});

describe('deploy/compose.services.yaml', () => {
  const services = new Map(servicesOf('compose.services.yaml'));

  it.each(['gateway', 'definitions', 'runs', 'renderer', 'packager', 'dispatcher'])(
    'gives %s all that it needs',
    (service) => {
      const required = Object.entries(settings)
        .filter(([, { isRequired, services: readers }]) => isRequired && readers.includes(service))
        .map(([name]) => name);
      expect(Object.keys(services.get(service)?.environment ?? {})).toEqual(expect.arrayContaining(required));
    },
  );
});
