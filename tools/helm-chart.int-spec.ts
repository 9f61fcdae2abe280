import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { describeWithTools, requireTool } from '@mailrun/testing';

const root = resolve(import.meta.dirname, '..');
const chart = join(root, 'helm/mailrun');
const services = ['gateway', 'definitions', 'runs', 'renderer', 'packager', 'dispatcher'];
const needed = {
  'secrets.services': 'mailrun',
  'secrets.owner': 'mailrun-owner',
  'settings.KAFKA_BROKERS': 'kafka:9092',
  'settings.MAILRUN_BLOBS_STORE': 's3',
  'settings.MAILRUN_BLOBS_S3_BUCKET': 'mailrun',
};

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
}
interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly env: readonly Variable[];
  readonly securityContext: Readonly<Record<string, unknown>>;
}
interface Pod {
  readonly terminationGracePeriodSeconds: number;
  readonly enableServiceLinks: boolean;
  readonly serviceAccountName: string;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
}
interface Rendered {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly template: { readonly spec: Pod } } & Readonly<Record<string, unknown>>;
}

type Values = Readonly<Record<string, string>>;

function helm(command: string, values: Values) {
  const set = Object.entries(values).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  // A Helm built from source takes Kubernetes for 1.20 unless it is told.
  const args = command === 'lint' ? ['lint', '--strict', chart] : ['template', 'mailrun', chart];
  return spawnSync(requireTool('helm'), [...args, '--kube-version', '1.34.0', ...set], { encoding: 'utf8' });
}

function rendered(values: Values = {}): readonly Rendered[] {
  const { status, stdout, stderr } = helm('template', { ...needed, ...values });
  if (status !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null);
}

function refusal(values: Values): string {
  const { status, stderr } = helm('template', values);
  if (status === 0) throw new Error('The chart rendered.');
  return stderr;
}

/** Pods by the name of their Deployment or Job. */
const podsOf = (objects: readonly Rendered[]) =>
  new Map(
    objects
      .filter(({ kind }) => kind === 'Deployment' || kind === 'Job')
      .map(({ metadata, spec }) => [metadata.name, spec.template.spec]),
  );

const environmentOf = ({ env }: Container) => new Map(env.map((variable) => [variable.name, variable]));

/** Names in a settings table of docs/settings.md, with the services that read them. */
function documented(): ReadonlyMap<string, string> {
  const sections = readFileSync(join(root, 'docs/settings.md'), 'utf8').split('\n## ').slice(1);
  return new Map(
    sections.flatMap((section) => {
      const readers = /Read by (.*)\./.exec(section)?.[1] ?? '';
      return [...section.matchAll(/^\| `([A-Z0-9_]+)`/gm)].map((match) => [match[1]!, readers] as const);
    }),
  );
}

describeWithTools(['helm'], 'The Helm chart', () => {
  it('passes lint', () => {
    const { status, stdout } = helm('lint', needed);
    expect({ status, stdout }).toMatchObject({ status: 0 });
  });

  it('renders six Deployments, and jobs that run as hooks', () => {
    const objects = rendered();
    const names = (kind: string) =>
      objects.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name);
    expect(names('Deployment').sort()).toEqual(
      [...services, 'toolbox'].map((service) => `mailrun-${service}`).sort(),
    );
    expect(names('Job').sort()).toEqual(['mailrun-migrations', 'mailrun-topics']);
    for (const job of objects.filter(({ kind }) => kind === 'Job')) {
      expect(job.metadata.annotations?.['helm.sh/hook']).toBe('pre-install,pre-upgrade');
      // The chart's own does not exist yet then.
      expect(job.spec.template.spec.serviceAccountName).toBe('default');
    }
  });

  it.each(services)('gives %s every required setting, and only settings that it reads', (service) => {
    const pod = podsOf(rendered({ 'settings.MAILRUN_LOG_LEVEL': 'warn' })).get(`mailrun-${service}`)!;
    const given = environmentOf(pod.containers[0]!);
    const table = documented();
    for (const name of given.keys()) {
      const readers = table.get(name);
      expect({ name, isRead: readers === 'every service' || readers?.split(', ').includes(service) }).toEqual(
        {
          name,
          isRead: true,
        },
      );
    }
    const settings = JSON.parse(readFileSync(join(chart, 'files/settings.json'), 'utf8')) as Record<
      string,
      { isRequired: boolean; isSecret: boolean; services: string[] }
    >;
    for (const [name, { isRequired, isSecret, services: readers }] of Object.entries(settings)) {
      if (!readers.includes(service)) continue;
      if (isRequired) expect(given.has(name)).toBe(true);
      if (isSecret) expect(given.get(name)?.value).toBeUndefined();
    }
    expect(given.get('MAILRUN_LOG_LEVEL')?.value).toBe('warn');
    expect(given.get('MAILRUN_INTERNAL_RUNS_URL')?.value).toBe('http://mailrun-runs:8081');
  });

  it('keeps the owner of the database to the migration job', () => {
    const secrets = [...podsOf(rendered())].flatMap(([name, pod]) =>
      [...(pod.initContainers ?? []), ...pod.containers]
        .map((container) => environmentOf(container).get('DATABASE_URL')?.valueFrom?.secretKeyRef.name)
        .filter((secret) => secret === 'mailrun-owner')
        .map(() => name),
    );
    expect(secrets).toEqual(['mailrun-migrations', 'mailrun-migrations']);
  });

  it('runs the commands that the standalone image has', () => {
    const text = readFileSync(join(root, 'apps/standalone/src/mailrun.ts'), 'utf8');
    const pods = podsOf(rendered());
    const jobs = ['mailrun-migrations', 'mailrun-topics'].map((name) => pods.get(name)!);
    const commands = jobs
      .flatMap((pod) => [...(pod.initContainers ?? []), ...pod.containers])
      .map(({ command }) => command?.[3]);
    expect(commands).toEqual(['bootstrap', 'migrate', 'topics']);
    for (const command of commands) expect(text).toMatch(new RegExp(`^  ${command}: `, 'm'));
  });

  it('gives each service longer than the process gives itself', () => {
    const pods = podsOf(rendered());
    const graceOf = (service: string) => pods.get(`mailrun-${service}`)?.terminationGracePeriodSeconds;
    for (const service of ['definitions', 'runs', 'renderer', 'packager']) expect(graceOf(service)).toBe(75);
    expect(graceOf('gateway')).toBe(45);
    expect(graceOf('dispatcher')).toBe(690);
  });

  it('runs every container as a user without rights, on a file system that it can’t change', () => {
    for (const pod of podsOf(rendered()).values()) {
      // A Service's variables would be taken for settings.
      expect(pod).toMatchObject({ enableServiceLinks: false, securityContext: { runAsNonRoot: true } });
      for (const { securityContext } of pod.containers) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
    }
  });

  it('writes numbers and flags as the services read them', () => {
    const pod = podsOf(
      rendered({
        'services.dispatcher.settings.MAILRUN_DISPATCHER_MAX_BYTES_IN_FLIGHT': '268435456',
        'services.dispatcher.settings.MAILRUN_DISPATCHER_FORCE_TEST': 'true',
      }),
    ).get('mailrun-dispatcher')!;
    const given = environmentOf(pod.containers[0]!);
    expect(given.get('MAILRUN_DISPATCHER_MAX_BYTES_IN_FLIGHT')?.value).toBe('268435456');
    expect(given.get('MAILRUN_DISPATCHER_FORCE_TEST')?.value).toBe('true');
  });

  it('scales consumers by what waits in their topics', () => {
    const objects = rendered({
      'services.packager.autoscaling.enabled': 'true',
      'services.packager.autoscaling.kind': 'keda',
      'settings.MAILRUN_INSTALLATION_PREFIX': 'blue',
      'services.gateway.autoscaling.enabled': 'true',
    });
    const scaled = objects.find(({ kind }) => kind === 'ScaledObject');
    expect(scaled?.spec['triggers']).toEqual([
      {
        type: 'kafka',
        metadata: {
          bootstrapServers: 'kafka:9092',
          consumerGroup: 'blue.packager',
          topic: 'blue.package-message.v1',
          lagThreshold: '500',
        },
      },
    ]);
    const deployment = objects.find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'mailrun-gateway',
    );
    expect(deployment?.spec).not.toHaveProperty('replicas');
    expect(objects.map(({ kind }) => kind)).toContain('HorizontalPodAutoscaler');
  });

  it('publishes the API alone, behind a proxy that it trusts', () => {
    const objects = rendered({ 'ingress.enabled': 'true', 'ingress.hosts[0]': 'mail.example.com' });
    const ingress = objects.find(({ kind }) => kind === 'Ingress');
    expect(JSON.stringify(ingress?.spec)).toContain('"service":{"name":"mailrun-api","port":{"name":"api"}}');
    const gateway = podsOf(objects).get('mailrun-gateway')!;
    expect(environmentOf(gateway.containers[0]!).get('MAILRUN_GATEWAY_TRUST_PROXY')?.value).toBe('true');
  });

  it('makes a PrometheusRule of the alerts where it is asked to', () => {
    const isRule = ({ kind }: Rendered) => kind === 'PrometheusRule';
    expect(rendered().some(isRule)).toBe(false);
    const rule = rendered({ 'alerts.enabled': 'true', 'alerts.labels.release': 'prometheus' }).find(isRule);
    expect(rule?.spec).toEqual(parse(readFileSync(join(chart, 'files/alerts.yaml'), 'utf8')));
    expect(rule?.metadata).toMatchObject({ labels: { release: 'prometheus' } });
  });

  it('shares a folder of documents where there is no S3', () => {
    const objects = rendered({
      'settings.MAILRUN_BLOBS_STORE': 'folder',
      'blobs.existingClaim': 'mailrun-data',
    });
    const pod = podsOf(objects).get('mailrun-packager')!;
    expect(environmentOf(pod.containers[0]!).get('MAILRUN_BLOBS_FOLDER')?.value).toBe('/data/blobs');
    expect(JSON.stringify(pod)).toContain('"claimName":"mailrun-data"');
  });

  it.each([
    ['a missing Secret', { ...needed, 'secrets.services': '' }, 'kubectl create secret generic mailrun '],
    ['a missing owner', { ...needed, 'secrets.owner': '' }, 'kubectl create secret generic mailrun-owner '],
    ['missing brokers', { ...needed, 'settings.KAFKA_BROKERS': '' }, 'host:port of your Kafka brokers'],
    [
      'a folder that nobody shares',
      { ...needed, 'settings.MAILRUN_BLOBS_STORE': 'folder' },
      'blobs.existingClaim',
    ],
    ['a setting that does not exist', { ...needed, 'settings.MAILRUN_LOG_LEVL': 'warn' }, 'no such setting'],
    ['a secret in plain sight', { ...needed, 'settings.MAILRUN_BUS_SASL_PASSWORD': 'x' }, 'is a secret'],
    [
      'a setting of another service',
      { ...needed, 'services.gateway.settings.MAILRUN_DISPATCHER_LEASE_MS': '5000' },
      'does not read it, but dispatcher',
    ],
    ['a value that does not exist', { ...needed, 'service.gateway.replicas': '1' }, 'service'],
    [
      'a dispatcher that scales by nothing',
      {
        ...needed,
        'services.dispatcher.autoscaling.enabled': 'true',
        'services.dispatcher.autoscaling.kind': 'keda',
      },
      'services.dispatcher.autoscaling.triggers',
    ],
  ])('refuses %s with advice', (_, values, advice) => {
    expect(refusal(values)).toContain(advice);
  });
});
