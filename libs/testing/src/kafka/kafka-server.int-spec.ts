import { connect } from 'node:net';
import { once } from 'node:events';
import { describeWithKafka, startKafka, type TestKafka } from './index.js';

const isListening = async (broker: string): Promise<boolean> => {
  const { hostname, port } = new URL(`tcp://${broker}`);
  const socket = connect(Number(port), hostname);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false; // refused
  } finally {
    socket.destroy();
  }
};

describeWithKafka('The Kafka harness', () => {
  let kafka: TestKafka;
  beforeAll(async () => (kafka = await startKafka()), 90_000);
  afterAll(async () => kafka.stop(), 30_000);

  it('gives a broker that listens, dies when killed, and comes back on the same port', async () => {
    expect(await isListening(kafka.brokers[0]!)).toBe(true);
    if (!kafka.isOurs) return;
    await kafka.kill();
    expect(await isListening(kafka.brokers[0]!)).toBe(false);
    await kafka.up();
    expect(await isListening(kafka.brokers[0]!)).toBe(true);
  }, 90_000);
});
