import { LineSplitter } from './line-splitter.js';

const text = 'one\n\n  \r\ntwo\r\nüü\nlast';
const expected = ['1 one', '4 two\r', '5 üü', '6 last'];

function split(bytes: Buffer, pieceBytes: number, maxLineBytes = 100): string[] {
  const splitter = new LineSplitter(maxLineBytes);
  const lines = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    lines.push(...splitter.push(bytes.subarray(at, at + pieceBytes)));
  return [...lines, ...splitter.end()].map(
    (line) => `${line.number} ${line.bytes?.toString() ?? 'too long'}`,
  );
}

describe('LineSplitter', () => {
  it.each([1, 2, 3, 5, 100])('finds the same lines in pieces of %d bytes', (pieceBytes) => {
    expect(split(Buffer.from(text), pieceBytes)).toEqual(expected);
  });

  it.each([1, 4, 100])('passes over a line that is too long, in pieces of %d bytes', (pieceBytes) => {
    const bytes = Buffer.from(`ok\n${'x'.repeat(11)}\n${'y'.repeat(10)}\n${'z'.repeat(50)}`);
    expect(split(bytes, pieceBytes, 10)).toEqual(['1 ok', '2 too long', `3 ${'y'.repeat(10)}`, '4 too long']);
  });

  it('finds nothing in nothing', () => expect(split(Buffer.alloc(0), 1)).toEqual([]));
});
