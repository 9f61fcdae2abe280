import type { z } from 'zod';
import { customerLine } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import type { MergeCustomers } from '../merge-customers/merge-customers.js';
import { lineResult, type ImportLine, type LineImport, type LineResult } from './line-import.js';

type Value = z.output<typeof customerLine>;

export class CustomerLines implements LineImport<Value> {
  readonly schema = customerLine;

  constructor(private readonly mergeCustomers: MergeCustomers) {}

  async prepare(
    tenantId: string,
    lines: readonly ImportLine<Value>[],
  ): Promise<(tx: Transaction) => Promise<LineResult[]>> {
    const mergeIn = await this.mergeCustomers.prepare(
      tenantId,
      lines.map(({ value: { passwords, ...change } }) => ({
        change,
        passwords: passwords && { values: passwords, replaces: true },
      })),
    );
    return async (tx) => (await mergeIn(tx)).map((merge, index) => lineResult(lines[index]!, merge));
  }

  rest(): ImportLine<Value>[] {
    return [];
  }
}
