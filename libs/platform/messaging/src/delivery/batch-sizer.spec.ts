import { defaultBatchLimits } from '../consume/limits.js';
import { BatchSizer } from './batch-sizer.js';

const records = (number: number, sizeBytes = 100) => Array.from({ length: number }, () => ({ sizeBytes }));

describe('BatchSizer', () => {
  it('grows to the limit while batches are quick', () => {
    const sizer = new BatchSizer(defaultBatchLimits);
    for (let round = 0; round < 5; round += 1) sizer.observe(sizer.endOf(records(1000), 0), 5);
    expect(sizer.endOf(records(1000), 0)).toBe(500);
  });

  it('shrinks in proportion when a batch took too long, down to one record', () => {
    const sizer = new BatchSizer(defaultBatchLimits);
    sizer.observe(50, 3000);
    expect(sizer.endOf(records(1000), 0)).toBe(5);
    sizer.observe(5, 60_000);
    expect(sizer.endOf(records(1000), 0)).toBe(1);
  });

  it('does not grow on batches that were smaller than allowed', () => {
    const sizer = new BatchSizer(defaultBatchLimits);
    sizer.observe(1, 1);
    expect(sizer.endOf(records(1000), 0)).toBe(50);
  });

  it('keeps to the bytes, and takes a record that is larger than all of them alone', () => {
    const sizer = new BatchSizer({ ...defaultBatchLimits, maxBytes: 1000 });
    expect(sizer.endOf(records(50, 300), 0)).toBe(3);
    expect(sizer.endOf(records(50, 5000), 7)).toBe(8);
  });
});
