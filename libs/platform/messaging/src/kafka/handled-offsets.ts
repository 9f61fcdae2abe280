import { z } from 'zod';

/** What became of dead letters over Kafka: which offsets of the letters' partition were handled, as one record. */
export interface HandledMark {
  /** First offset, and the one after the last. */
  readonly from: bigint;
  readonly to: bigint;
  readonly how: 'replayed' | 'dropped';
  /** RFC 3339, UTC. */
  readonly at: string;
}

const offset = z.string().regex(/^\d{1,19}$/);
const markSchema = z.object({
  from: offset,
  to: offset,
  how: z.enum(['replayed', 'dropped']),
  at: z.string(),
});

export const writeMark = ({ from, to, ...mark }: HandledMark): string =>
  JSON.stringify({ ...mark, from: String(from), to: String(to) });

/** Undefined for what is no mark. */
export function readMark(value: string): HandledMark | undefined {
  let json: unknown;
  try {
    json = JSON.parse(value);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const { data } = markSchema.safeParse(json);
  return data && { ...data, from: BigInt(data.from), to: BigInt(data.to) };
}

interface Span {
  readonly from: bigint;
  to: bigint;
}

/** The sorted offsets as spans without gaps. */
export function spansOf(offsets: readonly bigint[]): readonly Readonly<Span>[] {
  const spans: Span[] = [];
  for (const offset of offsets) {
    const last = spans.at(-1);
    if (last?.to === offset) last.to = offset + 1n;
    else spans.push({ from: offset, to: offset + 1n });
  }
  return spans;
}

/** The offsets of one topic's letters that were handled. */
export class HandledOffsets {
  /** Sorted, without overlap. */
  private spans: Span[] = [];

  add({ from, to }: { readonly from: bigint; readonly to: bigint }): void {
    if (from >= to) return;
    const before = this.spans.filter((span) => span.to < from);
    const after = this.spans.filter((span) => span.from > to);
    const touched = this.spans.slice(before.length, this.spans.length - after.length);
    const first = touched.reduce((least, span) => (span.from < least ? span.from : least), from);
    const last = touched.reduce((most, span) => (span.to > most ? span.to : most), to);
    this.spans = [...before, { from: first, to: last }, ...after];
  }

  has(offset: bigint): boolean {
    let low = 0;
    let high = this.spans.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.spans[middle]!.to <= offset) low = middle + 1;
      else high = middle;
    }
    const span = this.spans[low];
    return span !== undefined && span.from <= offset;
  }

  /** The first offset from there on that was not handled. */
  firstOpenFrom(offset: bigint): bigint {
    return this.spans.find((span) => span.from <= offset && offset < span.to)?.to ?? offset;
  }

  /** How many of the offsets from the first to before the second were not handled. */
  openWithin(from: bigint, to: bigint): number {
    let open = to > from ? to - from : 0n;
    for (const span of this.spans) {
      const low = span.from > from ? span.from : from;
      const high = span.to < to ? span.to : to;
      if (high > low) open -= high - low;
    }
    return Number(open);
  }
}
