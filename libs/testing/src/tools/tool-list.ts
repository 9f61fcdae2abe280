/**
 * THE list of what suites need besides Node.js: where each tool is found, and how it is had. Scripts in `tools/` read
 * this file as it is (Node.js strips its types), so it imports nothing of ours.
 */
import { execFileSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

type Source =
  /** Only people can install it. */
  | { readonly kind: 'given'; readonly advice: string }
  /** Debian packages; `answers` are given to debconf beforehand. */
  | { readonly kind: 'apt'; readonly packages: readonly string[]; readonly answers?: string }
  /** Debian package that would start a server when installed: only unpacked, into the cache folder. */
  | { readonly kind: 'deb'; readonly package: string; readonly program: string }
  /** Built into the cache folder. */
  | { readonly kind: 'go'; readonly module: string; readonly version: string }
  /** Jars (`group:artifact:version`) with all they need, copied into one folder of the cache. */
  | { readonly kind: 'maven'; readonly version: string; readonly artifacts: readonly string[] };

export interface Tool {
  readonly is: string;
  readonly source: Source;
  /** Where its suites are (beginnings of paths); none for what only other tools need. */
  readonly suites: readonly string[];
  /** Tools without which this one can't be installed or run. */
  readonly needs?: readonly string[];
}

export const tools = {
  versitygw: {
    is: 'a server that speaks S3',
    source: { kind: 'go', module: 'github.com/versity/versitygw/cmd/versitygw', version: '1.8.0' },
    suites: ['libs/platform/blobs', 'e2e'],
    needs: ['go'],
  },
  kafka: {
    is: 'a Kafka broker (a folder of jars)',
    source: {
      kind: 'maven',
      version: '4.2.0',
      artifacts: ['org.apache.kafka:kafka_2.13:4.2.0', 'org.slf4j:slf4j-simple:1.7.36'],
    },
    suites: ['libs/testing/src/kafka', 'libs/platform/messaging', 'apps/standalone/src/dead-letters', 'e2e'],
    needs: ['java', 'mvn'],
  },
  '7zz': {
    is: '7-Zip, which opens WinZip AES archives',
    source: { kind: 'apt', packages: ['7zip'] },
    suites: ['libs/services/packager', 'e2e'],
  },
  bsdtar: {
    is: 'libarchive, a second reader of archives',
    source: { kind: 'apt', packages: ['libarchive-tools'] },
    suites: ['libs/services/packager', 'e2e'],
  },
  'smtp-sink': {
    is: 'a fast mail server that throws everything away',
    // Only the program is wanted: without a configuration no mail server is started.
    source: {
      kind: 'apt',
      packages: ['postfix'],
      answers: 'postfix postfix/main_mailer_type select No configuration',
    },
    suites: ['libs/testing/src/smtp', 'libs/services/dispatcher', 'e2e'],
  },
  faketime: {
    is: 'libfaketime, which gives a process another time',
    source: { kind: 'apt', packages: ['faketime'] },
    suites: ['e2e'],
  },
  helm: {
    is: 'the Kubernetes package manager',
    source: { kind: 'go', module: 'helm.sh/helm/v3/cmd/helm', version: '3.20.0' },
    suites: ['tools/helm-chart'],
    needs: ['go'],
  },
  promtool: {
    is: "Prometheus' own check of its rules",
    source: { kind: 'deb', package: 'prometheus', program: 'usr/bin/promtool' },
    suites: ['tools/alerts'],
  },
  chromium: { is: 'a browser', source: { kind: 'apt', packages: ['chromium'] }, suites: [] },
  java: { is: 'a Java runtime', source: { kind: 'apt', packages: ['openjdk-17-jre-headless'] }, suites: [] },
  mvn: { is: 'Maven', source: { kind: 'apt', packages: ['maven'] }, suites: [] },
  go: {
    is: 'the Go compiler, 1.25.0 or later',
    source: { kind: 'given', advice: 'install it from https://go.dev/dl' }, // Debian's is too old
    suites: [],
  },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof tools;

const cache = resolve(import.meta.dirname, '../../../../.cache/tools');
/** `sbin` is not on everyone's path. */
const extraFolders = ['/usr/local/bin', '/usr/sbin', '/usr/local/sbin', '/usr/local/go/bin'];

/** The program (or, for Kafka, the folder of jars), or undefined where it is not on this machine. */
export function findTool(name: ToolName): string | undefined {
  const tool: Tool = tools[name];
  if (tool.source.kind === 'apt' || tool.source.kind === 'given') return findProgram(name);
  if (tool.source.kind === 'deb') return existing(join(cacheFolder(name), tool.source.program));
  if (tool.source.kind === 'go') return existing(join(cacheFolder(name), name));
  return tool.needs?.every((need) => findTool(need as ToolName)) ? existing(cacheFolder(name)) : undefined;
}

/** Installs the tool, unless it is there. Throws with one sentence where that can't be done. */
export function installTool(name: ToolName): void {
  if (findTool(name) !== undefined) return;
  const tool: Tool = tools[name];
  for (const need of tool.needs ?? []) installTool(need as ToolName);
  if (tool.source.kind === 'given') throw new Error(`it needs ${name}, ${tool.is}: ${tool.source.advice}`);
  if (tool.source.kind === 'apt') installFromDebian(tool.source.packages, tool.source.answers);
  else if (tool.source.kind === 'deb') unpackFromDebian(name, tool.source.package);
  else if (tool.source.kind === 'go') installFromGo(name, tool.source.module, tool.source.version);
  else installFromMaven(name, tool.source.artifacts);
  if (findTool(name) === undefined) throw new Error(`${name} was installed, and is not found all the same.`);
}

/** The tools of the suites that a run of the given paths meets; of all suites when none is given. */
export function toolsFor(paths: readonly string[]): readonly ToolName[] {
  return (Object.keys(tools) as ToolName[]).filter((name) => {
    const { suites }: Tool = tools[name];
    return suites.some(
      (suite) => paths.length === 0 || paths.some((path) => suite.startsWith(path) || path.startsWith(suite)),
    );
  });
}

/** What a person does to get it. */
export function adviceFor(name: ToolName): string {
  const { source }: Tool = tools[name];
  if (source.kind === 'given') return source.advice;
  if (source.kind === 'apt') return `apt-get install ${source.packages.join(' ')}`;
  return `npx node tools/tools.mjs ${name}`;
}

function cacheFolder(name: ToolName): string {
  const { source }: Tool = tools[name];
  return join(cache, 'version' in source ? `${name}-${source.version}` : name);
}

function existing(path: string): string | undefined {
  return existsSync(path) ? path : undefined;
}

function findProgram(name: string): string | undefined {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), ...extraFolders]) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue; // not in this folder
    }
  }
  return undefined;
}

function run(
  program: string,
  args: readonly string[],
  options: { input?: string; env?: object; cwd?: string } = {},
): void {
  try {
    execFileSync(program, [...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      input: options.input ?? '',
      env: { ...process.env, ...options.env },
      ...(options.cwd !== undefined && { cwd: options.cwd }),
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    const said = String((error as { stderr?: Buffer }).stderr ?? '')
      .trim()
      .split('\n')
      .at(-1);
    throw new Error(`${program} ${args[0] ?? ''} failed: ${said || (error as Error).message}`, {
      cause: error,
    });
  }
}

let packageListsAreFresh = false;

function freshenPackageLists(): void {
  if (process.getuid?.() !== 0 || findProgram('apt-get') === undefined) {
    throw new Error('packages are installed on Debian, as root, only');
  }
  if (!packageListsAreFresh) run('apt-get', ['update', '-qq']);
  packageListsAreFresh = true;
}

/** Never removes a package: on a machine with another mail server, postfix is left out instead. */
function installFromDebian(packages: readonly string[], answers: string | undefined): void {
  freshenPackageLists();
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  if (answers !== undefined) run('debconf-set-selections', [], { input: answers, env });
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', '--no-remove', ...packages], { env });
}

function unpackFromDebian(name: ToolName, debianPackage: string): void {
  freshenPackageLists();
  const building = `${cacheFolder(name)}.${process.pid}`;
  mkdirSync(building, { recursive: true });
  try {
    run('apt-get', ['download', '-qq', debianPackage], { cwd: building });
    const [file] = readdirSync(building).filter((entry) => entry.endsWith('.deb'));
    if (file === undefined) throw new Error('no package came');
    run('dpkg-deb', ['--extract', join(building, file), join(building, 'unpacked')]);
    renameSync(join(building, 'unpacked'), cacheFolder(name));
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

function installFromGo(name: ToolName, module: string, version: string): void {
  const building = `${cacheFolder(name)}.${process.pid}`;
  try {
    run(program('go'), ['install', `${module}@v${version}`], {
      env: { GOBIN: building, GOFLAGS: '-buildvcs=false' },
    });
    renameSync(building, cacheFolder(name));
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

function installFromMaven(name: ToolName, artifacts: readonly string[]): void {
  const building = `${cacheFolder(name)}.${process.pid}`;
  mkdirSync(building, { recursive: true });
  const project = join(building, 'pom.xml');
  writeFileSync(project, pomOf(artifacts));
  try {
    run(program('mvn'), [
      '-q',
      '-B',
      '-f',
      project,
      'dependency:copy-dependencies',
      '-DoutputDirectory=libs',
    ]);
    if (!readdirSync(join(building, 'libs')).some((file) => file.endsWith('.jar')))
      throw new Error('no jars came');
    renameSync(join(building, 'libs'), cacheFolder(name));
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

function program(name: ToolName): string {
  const path = findTool(name);
  if (path === undefined) throw new Error(`${name} is missing`);
  return path;
}

function pomOf(artifacts: readonly string[]): string {
  const dependencies = artifacts.map((artifact) => {
    const [group, id, version] = artifact.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${id}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>mailrun</groupId><artifactId>test-tools</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${dependencies.join('\n')}</dependencies></project>
`;
}
