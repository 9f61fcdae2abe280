import { randomUUID } from 'node:crypto';
import { Partitioners } from 'kafkajs';
import { partitionOf } from './partition-of.js';

describe('partitionOf', () => {
  it('agrees with the default partitioner of kafkajs, and so of the Java client', () => {
    const reference = Partitioners.DefaultPartitioner();
    const keys = ['', 'a', 'ab', 'abc', 'abcd', 'Größe', ...Array.from({ length: 200 }, () => randomUUID())];
    for (const key of keys) {
      const partitionMetadata = Array.from({ length: 12 }, (_, partitionId) => ({
        partitionId,
        leader: 1,
      })) as never;
      expect(partitionOf(key, 12)).toBe(
        reference({ topic: 't', partitionMetadata, message: { key, value: null } }),
      );
    }
  });
});
