import type { Readable } from 'node:stream';
import { Refusal } from '@mailrun/platform-errors';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * A whole body as JSON.
 * @throws Refusal `body.too-large`, `body.malformed`
 */
export async function readJson(stream: Readable, maxBytes: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Not destroyed on refusal: the answer still has to leave by the same socket.
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      throw new Refusal('too-large', 'body.too-large', `The body is larger than ${maxBytes} bytes.`);
    }
    chunks.push(chunk);
  }
  try {
    return JSON.parse(strictUtf8.decode(Buffer.concat(chunks))) as unknown;
  } catch (error) {
    throw new Refusal('malformed', 'body.malformed', `The body is not JSON: ${(error as Error).message}`);
  }
}
