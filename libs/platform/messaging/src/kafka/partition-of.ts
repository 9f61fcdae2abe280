const seed = 0x9747b28c;
const m = 0x5bd1e995;

/** MurmurHash2 as in the Java client's `Utils.murmur2`, on 32-bit integers (kafkajs computes it with BigInt). */
function murmur2(data: Buffer): number {
  const { length } = data;
  let hash = seed ^ length;
  const whole = length & ~3;
  for (let index = 0; index < whole; index += 4) {
    let k = Math.imul(data.readInt32LE(index), m);
    k ^= k >>> 24;
    hash = Math.imul(hash, m) ^ Math.imul(k, m);
  }
  const rest = length & 3;
  if (rest === 3) hash ^= data[whole + 2]! << 16;
  if (rest >= 2) hash ^= data[whole + 1]! << 8;
  if (rest >= 1) hash = Math.imul(hash ^ data[whole]!, m);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, m);
  return hash ^ (hash >>> 15);
}

/** The partition that the Java client's default partitioner gives a key: other producers agree with us. */
export const partitionOf = (key: string, partitions: number): number =>
  (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;
