import { SendQueue, type WireRecord } from './send-queue.js';

const ticket = { open: 0, error: undefined, settle: () => undefined };
const record = (partition: number, sizeBytes: number): WireRecord => ({
  topic: 't',
  partition,
  sizeBytes,
  message: { value: null },
});

const drain = (queue: SendQueue) => {
  const requests: WireRecord[][] = [];
  while (!queue.isEmpty) requests.push(queue.take().map((waiting) => waiting.record));
  return requests;
};

describe('SendQueue', () => {
  it('splits each partition at 900 kB, and keeps its order', () => {
    const queue = new SendQueue();
    const records = Array.from({ length: 30 }, (_, index) => record(index % 3, 200_000));
    for (const each of records) queue.add(each, ticket);
    const requests = drain(queue);
    expect(requests.map((request) => request.length)).toEqual([12, 12, 6]);
    for (const request of requests) {
      for (const partition of [0, 1, 2]) {
        const bytes = request.filter((each) => each.partition === partition).length * 200_000;
        expect(bytes).toBeLessThanOrEqual(900_000);
      }
    }
    for (const partition of [0, 1, 2]) {
      const sent = requests.flat().filter((each) => each.partition === partition);
      expect(sent).toEqual(records.filter((each) => each.partition === partition));
    }
  });

  it('sends a record that is larger than a batch alone', () => {
    const queue = new SendQueue();
    for (const size of [100, 2_000_000, 100]) queue.add(record(0, size), ticket);
    expect(drain(queue).map((request) => request.length)).toEqual([1, 1, 1]);
  });

  it('bounds a request over many partitions, and gives each partition its turn', () => {
    const queue = new SendQueue();
    for (let round = 0; round < 2; round += 1) {
      for (let partition = 0; partition < 40; partition += 1) queue.add(record(partition, 800_000), ticket);
    }
    const requests = drain(queue);
    expect(Math.max(...requests.map((request) => request.length))).toBeLessThanOrEqual(21);
    const firstHalf = requests.flat().slice(0, 40);
    expect(new Set(firstHalf.map(({ partition }) => partition)).size).toBe(40);
  });
});
