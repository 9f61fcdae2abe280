import type { z } from 'zod';
import type { FieldError } from '@mailrun/platform-errors';
import type { Transaction } from '@mailrun/platform-persistence';

export interface ImportLine<Value> {
  /** Counted from 1. */
  readonly line: number;
  readonly value: Value;
}

export interface LineResult {
  readonly line: number;
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'refused';
  readonly faults: readonly FieldError[];
}

/** The lines of one kind, merged batch by batch; one for each stream. */
export interface LineImport<Value> {
  readonly schema: z.ZodType<Value>;

  /**
   * Asks other services what must be known, and returns the work of one transaction. The work answers for each
   * line, now or, for lines that wait for later ones, out of {@link rest}. It may be done again after a rollback.
   */
  prepare(
    tenantId: string,
    lines: readonly ImportLine<Value>[],
  ): Promise<(tx: Transaction) => Promise<LineResult[]>>;

  /** At the end of the stream: the lines that waited, to be prepared again, now for good. */
  rest(): ImportLine<Value>[];
}

export const lineResult = (
  { line }: { readonly line: number },
  merge:
    | { readonly outcome: 'created' | 'updated' | 'unchanged' }
    | { readonly outcome: 'refused'; readonly faults: readonly FieldError[] },
): LineResult => ({ line, outcome: merge.outcome, faults: merge.outcome === 'refused' ? merge.faults : [] });
