import type { Readable } from 'node:stream';
import { LineSplitter, type Line } from './line-splitter.js';

export interface BatchLimits {
  readonly maxLines: number;
  /** A batch ends with the line that reaches it. */
  readonly maxBytes: number;
  readonly maxLineBytes: number;
  /** After so long, a batch is handed on as it is, also an empty one: the import shows that it is alive. */
  readonly maxWaitMs: number;
}

export interface LineBatch {
  readonly lines: readonly Line[];
  /** The stream broke off: nothing follows, and a line that was not whole is left out. */
  readonly wasCut: boolean;
}

/**
 * The lines of a stream in batches, read no faster than they are taken. The stream is left open when the caller
 * stops early, so that an answer can still leave by its socket.
 */
export async function* lineBatches(stream: Readable, limits: BatchLimits): AsyncGenerator<LineBatch> {
  const splitter = new LineSplitter(limits.maxLineBytes);
  const chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer | string>;
  let lines: Line[] = [];
  let sizeBytes = 0;
  let dueAt = Date.now() + limits.maxWaitMs;
  const batch = (wasCut = false): LineBatch => {
    const full = { lines, wasCut };
    lines = [];
    sizeBytes = 0;
    return full;
  };
  let next: Promise<Step> | undefined;
  for (;;) {
    next ??= chunks.next().then(
      ({ done, value }) => (done === true ? 'end' : Buffer.from(value)),
      // A reader sees the same whether the caller went away or its network did: the lines before are good.
      () => 'cut' as const,
    );
    const step = await within(next, dueAt - Date.now());
    if (step === 'waited') {
      yield batch();
      dueAt = Date.now() + limits.maxWaitMs;
      continue;
    }
    next = undefined;
    const found = step === 'cut' ? [] : step === 'end' ? splitter.end() : splitter.push(step);
    for (const line of found) {
      lines.push(line);
      sizeBytes += line.bytes?.length ?? 0;
      if (lines.length >= limits.maxLines || sizeBytes >= limits.maxBytes) {
        yield batch();
        dueAt = Date.now() + limits.maxWaitMs;
      }
    }
    if (step === 'end' || step === 'cut') {
      yield batch(step === 'cut');
      return;
    }
  }
}

type Step = Buffer | 'end' | 'cut';

async function within(next: Promise<Step>, ms: number): Promise<Step | 'waited'> {
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise<'waited'>((done) => {
    timer = setTimeout(done, Math.max(ms, 0), 'waited');
  });
  try {
    return await Promise.race([next, waited]);
  } finally {
    clearTimeout(timer);
  }
}
