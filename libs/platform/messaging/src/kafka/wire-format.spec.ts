import { jest } from '@jest/globals';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';

interface Encoder {
  readonly buffer: Buffer;
}
interface DecodedRecord {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, unknown>>;
}

const load = <Part>(name: string): Part =>
  createRequire(import.meta.url)(`kafkajs/src/protocol/${name}`) as Part;
const encodeRequest = load<(request: object) => Promise<Encoder>>('request');
const produce = load<(options: object) => object>('requests/produce/v7/request');
const encodeRecord = load<(record: object) => Encoder>('recordBatch/record/v0');
const { RecordBatch } = load<{ RecordBatch: (batch: object) => Promise<Encoder> }>('recordBatch/v0');
const decodeBatch =
  load<(decoder: object) => Promise<{ records: DecodedRecord[] }>>('recordBatch/v0/decoder');
const Decoder = load<new (buffer: Buffer) => object>('decoder');
const crc32C = load<(bytes: Buffer) => number>('recordBatch/crc32C');

const at = 1_700_000_000_000;
const text = 'Größe 🙂 \u0000';

/** Keys, values and headers of every kind and size, also above 64 kB. */
const messages = Array.from({ length: 300 }, (_, n) => ({
  key: n % 7 === 0 ? null : `key-${n}`,
  value: n % 11 === 0 ? null : Buffer.from(`${text}${'x'.repeat(n * n)}`),
  headers:
    n % 5 === 0
      ? {}
      : {
          'message-type': 'note.v1',
          [text]: text,
          twice: ['a', `${n}`],
          bytes: Buffer.from([0, 255, n % 256]),
        },
  ...(n % 3 === 0 && { timestamp: at + n * 1_000_003 }),
}));

/** What patches/kafkajs+2.2.4.patch makes faster must leave the same bytes as kafkajs as it was published. */
describe('The wire format of kafkajs, as patched', () => {
  it('is to the byte what it was', async () => {
    jest.useFakeTimers({ now: at });
    const topicData = [
      {
        topic: 'notes',
        partitions: [
          { partition: 0, messages },
          { partition: 1, messages: messages.slice(3, 4) },
        ],
      },
      { topic: text, partitions: [{ partition: 2, messages: messages.slice(0, 2) }] },
    ];
    const request = produce({ acks: -1, timeout: 30_000, topicData });
    const { buffer } = await encodeRequest({ correlationId: 77, clientId: 'test', request });
    jest.useRealTimers();
    // Written by kafkajs 2.2.4 without the patch.
    expect(buffer).toHaveLength(8_145_025);
    expect(createHash('sha256').update(buffer).digest('hex')).toBe(
      '61075d7dbbcc079d093197f3edf4d4f387a7c0e86ab59d216d41240c7b166e86',
    );
  });

  it('is read back as it was written, whatever headers are called', async () => {
    const headers = JSON.parse(
      '{"plain":"a","__proto__":"b","constructor":"c","twice":["d","e"],"thrice":["f","g","h"]}',
    ) as Record<string, string | string[]>;
    const records = [
      encodeRecord({ offsetDelta: 0, key: 'k', value: text, headers }),
      encodeRecord({ offsetDelta: 1, timestampDelta: 2 ** 40, key: null, value: null, headers: {} }),
      encodeRecord({ offsetDelta: 300, timestampDelta: -5, key: Buffer.alloc(70_000, 7), value: '' }),
    ];
    const { buffer } = await RecordBatch({ records, firstTimestamp: at, lastOffsetDelta: 300 });
    const decoded = (await decodeBatch(new Decoder(buffer))).records;
    expect(decoded.map(({ offset, timestamp }) => [offset, Number(timestamp) - at])).toEqual([
      ['0', 0],
      ['1', 2 ** 40],
      ['300', -5],
    ]);
    const asText = Object.entries(decoded[0]!.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(String) : String(value),
    ]);
    expect(asText).toEqual(Object.entries(headers));
    expect(Object.getPrototypeOf(decoded[0]!.headers)).toBe(Object.prototype);
    expect(String(decoded[0]!.value)).toBe(text);
    expect(decoded[1]).toMatchObject({ key: null, value: null });
    expect(decoded[2]!.key).toHaveLength(70_000);
  });

  it('has the checksums of CRC-32C, at every length and alignment', () => {
    // RFC 3720 B.4 and the check value of the polynomial.
    expect(crc32C(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32C(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32C(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
    const bitwise = (bytes: Buffer) => {
      let crc = 0xffffffff;
      for (const byte of bytes) {
        crc ^= byte;
        for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
      }
      return ~crc >>> 0;
    };
    const bytes = Buffer.from(Array.from({ length: 80 }, (_, index) => (index * 167 + 13) % 256));
    for (let from = 0; from < 9; from += 1) {
      for (let to = from; to <= 80; to += 1) {
        expect(crc32C(bytes.subarray(from, to))).toBe(bitwise(bytes.subarray(from, to)));
      }
    }
  });
});
