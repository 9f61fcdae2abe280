import { PassThrough, Readable } from 'node:stream';
import { lineBatches, type LineBatch } from './line-batches.js';

const limits = { maxLines: 3, maxBytes: 1000, maxLineBytes: 100, maxWaitMs: 60_000 };
const texts = (batch: LineBatch) => batch.lines.map(({ bytes }) => bytes?.toString());

async function all(stream: Readable, given = limits): Promise<LineBatch[]> {
  const batches = [];
  for await (const batch of lineBatches(stream, given)) batches.push(batch);
  return batches;
}

describe('lineBatches', () => {
  it('ends a batch by number or by bytes', async () => {
    const byNumber = await all(Readable.from([Buffer.from('a\nb\nc\nd\n'), Buffer.from('e')]));
    expect(byNumber.map(texts)).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e'],
    ]);
    const byBytes = await all(Readable.from([Buffer.from('aaaa\nb\nc\n')]), { ...limits, maxBytes: 4 });
    expect(byBytes.map(texts)).toEqual([['aaaa'], ['b', 'c']]);
    expect(byBytes.some(({ wasCut }) => wasCut)).toBe(false);
  });

  it('gives the whole lines before a cut, and says that it was one', async () => {
    const stream = new PassThrough();
    stream.write('a\nb\nhal');
    const batches = lineBatches(stream, { ...limits, maxLines: 1 });
    expect(texts((await batches.next()).value as LineBatch)).toEqual(['a']);
    expect(texts((await batches.next()).value as LineBatch)).toEqual(['b']);
    stream.destroy(new Error('gone'));
    expect((await batches.next()).value).toEqual({ lines: [], wasCut: true });
    expect((await batches.next()).done).toBe(true);
  });

  it('hands on what is there, or nothing, when the stream is slow', async () => {
    const stream = new PassThrough();
    const batches = lineBatches(stream, { ...limits, maxWaitMs: 10 });
    expect(texts((await batches.next()).value as LineBatch)).toEqual([]);
    stream.write('a\nb');
    let found: unknown[] = [];
    while (found.length === 0) found = texts((await batches.next()).value as LineBatch);
    expect(found).toEqual(['a']);
    stream.end('c\n');
    while (found[0] !== 'bc') found = texts((await batches.next()).value as LineBatch);
    expect((await batches.next()).done).toBe(true);
  });

  it('reads no faster than it is taken', async () => {
    let read = 0;
    const source = (function* () {
      for (; read < 1000; read += 1) yield Buffer.from('x\n'.repeat(3));
    })();
    const batches = lineBatches(Readable.from(source, { objectMode: false, highWaterMark: 16 }), limits);
    await batches.next();
    expect(read).toBeLessThan(10);
  });
});
