import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { freePort } from '../net/free-port.js';

const run = promisify(execFile);
const image = 'apache/kafka:4.2.0';
const startDeadlineMs = 120_000;

/** Whether a container engine answers. */
export async function dockerAnswers(): Promise<boolean> {
  return run('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: 5000 }).then(
    () => true,
    () => false,
  );
}

/** The same broker as {@link KafkaServer}, in a container. */
export class DockerKafka {
  private constructor(
    private readonly id: string,
    readonly brokers: readonly string[],
  ) {}

  static async start(): Promise<DockerKafka> {
    const port = await freePort();
    const settings = {
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_LISTENERS: `PLAINTEXT://:${port},CONTROLLER://:9093`,
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '500',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    };
    const env = Object.entries(settings).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const { stdout } = await run('docker', ['run', '-d', '-p', `127.0.0.1:${port}:${port}`, ...env, image]);
    const server = new DockerKafka(stdout.trim(), [`127.0.0.1:${port}`]);
    await server.started(0);
    return server;
  }

  async up(): Promise<void> {
    const since = Math.floor(Date.now() / 1000);
    await run('docker', ['start', this.id]);
    await this.started(since);
  }

  async kill(): Promise<void> {
    await run('docker', ['kill', this.id]);
  }

  async stop(): Promise<void> {
    await run('docker', ['rm', '-f', '-v', this.id]);
  }

  private async started(sinceSeconds: number): Promise<void> {
    const deadline = Date.now() + startDeadlineMs;
    for (;;) {
      const { stdout, stderr } = await run('docker', ['logs', '--since', String(sinceSeconds), this.id]);
      if (`${stdout}${stderr}`.includes('Kafka Server started')) return;
      if (Date.now() > deadline) throw new Error(`Kafka did not start: ${stdout.slice(-2000)}`);
      await new Promise((next) => setTimeout(next, 200));
    }
  }
}
