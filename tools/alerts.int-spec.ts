import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { describeWithTools, requireTool } from '@mailrun/testing';

const root = resolve(import.meta.dirname, '..');
const file = join(root, 'helm/mailrun/files/alerts.yaml');
const tests = join(root, 'tools/alerts.rules-test.yaml');

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

const { groups } = parse(readFileSync(file, 'utf8')) as { groups: { rules: Alert[] }[] };
const alerts = groups.flatMap(({ rules }) => rules);

/** Metrics as the services register them; `<service>` stands for any. */
function registered(): ReadonlySet<string> {
  const sources = globSync('libs/**/src/**/*.ts', { cwd: root, exclude: (path) => path.includes('spec') });
  const texts = sources.map((path) => readFileSync(join(root, path), 'utf8'));
  const names = texts.flatMap((text) => [...text.matchAll(/['`](mailrun_[a-z_${}.]+)['`]/g)]);
  const counters = texts.flatMap((text) => [...text.matchAll(/= counter\('([a-z_]+)'/g)]);
  return new Set([
    ...names.map((match) => match[1]!.replace('${this.service}', '<service>')),
    ...counters.map((match) => `mailrun_bus_${match[1]!}_total`),
  ]);
}

describeWithTools(['promtool'], 'The alerts', () => {
  const promtool = (...args: readonly string[]) =>
    spawnSync(requireTool('promtool'), [...args], { encoding: 'utf8' });

  const known = registered();

  it('are rules that Prometheus reads', () => {
    expect(promtool('check', 'rules', '--lint=all', '--lint-fatal', file)).toMatchObject({ status: 0 });
  });

  it('fire when they should, and only then', () => {
    const { status, stderr } = promtool('test', 'rules', tests);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('are all played', () => {
    const played = readFileSync(tests, 'utf8');
    expect(
      alerts.map(({ alert }) => alert).filter((alert) => !played.includes(`alertname: ${alert}`)),
    ).toEqual([]);
  });

  it.each(alerts.map((alert) => [alert.alert, alert] as const))(
    '%s asks for metrics that there are, and names its runbook',
    (_, { expr, labels, annotations }) => {
      const asked = expr.match(/mailrun_[a-z_.+]+/g) ?? [];
      expect(asked.length).toBeGreaterThan(0);
      expect(asked.map((name) => name.replace('.+', '<service>')).filter((name) => !known.has(name))).toEqual(
        [],
      );
      expect(['critical', 'warning']).toContain(labels.severity);
      expect(existsSync(join(root, annotations.runbook))).toBe(true);
    },
  );
});
