/**
 * Connects a producer and a consumer, does nothing for two seconds, and prints how many timers kafkajs armed
 * meanwhile. A process of its own, so that Node's warnings are seen. Arguments: brokers, topic.
 */
import kafkajs from 'kafkajs';

const [brokers, topic] = process.argv.slice(2);
const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING });
const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
const consumer = kafka.consumer({ groupId: `idle-${process.pid}`, maxWaitTimeInMs: 500 });
await Promise.all([producer.connect(), consumer.connect()]);
await producer.send({ topic, messages: [{ value: 'x' }] });
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({ eachBatch: async () => undefined });

let timers = 0;
const { setTimeout: arm } = globalThis;
globalThis.setTimeout = (...args) => {
  timers += 1;
  return arm(...args);
};
await new Promise((resolve) => arm(resolve, 2000));
globalThis.setTimeout = arm;
await Promise.all([producer.disconnect(), consumer.disconnect()]);
process.stdout.write(`${timers}\n`);
