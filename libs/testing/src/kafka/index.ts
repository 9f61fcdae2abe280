import { findTool } from '../tools/tool-list.js';
import { DockerKafka, dockerAnswers } from './docker-kafka.js';
import { KafkaServer } from './kafka-server.js';

/** A broker for tests. */
export interface TestKafka {
  readonly brokers: readonly string[];
  /** Whether {@link kill} and {@link up} work: not on a broker that is not ours. */
  readonly isOurs: boolean;
  /** Ends it at once, as a crash does; the data stay. */
  kill(): Promise<void>;
  /** Starts it again on its data. */
  up(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export interface KafkaOptions {
  /** One that may be killed, also where `KAFKA_BROKERS` names another. */
  readonly isOurs?: boolean;
}

/**
 * A real Kafka broker: the one that `KAFKA_BROKERS` names (take prefixes of your own on it), else one of our own from
 * the jars, else one in a container.
 */
export async function startKafka({ isOurs = false }: KafkaOptions = {}): Promise<TestKafka> {
  const given = process.env['KAFKA_BROKERS'];
  if (!isOurs && given !== undefined && given !== '') return givenKafka(given.split(','));
  const useDocker = findTool('kafka') === undefined && (await dockerAnswers());
  const server = useDocker ? await DockerKafka.start() : await KafkaServer.start();
  return {
    brokers: server.brokers,
    isOurs: true,
    kill: () => server.kill(),
    up: () => server.up(),
    stop: () => server.stop(),
  };
}

function givenKafka(brokers: readonly string[]): TestKafka {
  const refuse = () => Promise.reject(new Error('The broker of KAFKA_BROKERS is not ours to kill.'));
  return { brokers, isOurs: false, kill: refuse, up: refuse, stop: () => Promise.resolve() };
}
export { describeWithKafka } from './describe-with-kafka.js';
export { TopicTamper, type OffsetPlace, type Repetition } from './topic-tamper.js';
