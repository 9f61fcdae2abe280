/** A real broker, for suites of those who know the bus only. Apart from `testing`, which loads no harness. */
export { describeWithKafka, startKafka, type TestKafka } from '@mailrun/testing';
