import { describeWithKafka, describeWithTools } from '@mailrun/testing';
import { everyShape } from './scenarios/every-shape.js';
import { withSystem } from './scenarios/with-system.js';
import { KafkaSystem } from './system/kafka-system.js';

describeWithTools(['7zz'], 'The whole system', () => {
  describeWithKafka('in six processes on Kafka', () => {
    const system = withSystem(() => KafkaSystem.start());
    everyShape(system, KafkaSystem.processes);
  });
});
