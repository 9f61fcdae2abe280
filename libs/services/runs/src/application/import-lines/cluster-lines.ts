import { customerClusterLine } from '@mailrun/contracts';
import type { Transaction } from '@mailrun/platform-persistence';
import type { ClusterChange } from '../../domain/billing/cluster.js';
import { parentsFirst } from '../../domain/billing/cluster-tree.js';
import { refused } from '../../domain/billing/merge.js';
import type { MergeClusters } from '../merge-clusters/merge-clusters.js';
import { lineResult, type ImportLine, type LineImport, type LineResult } from './line-import.js';

/** Lines that may wait for a parent, in memory. Whoever has more sends parents before their children. */
const maxWaiting = 20_000;

/** Clusters may name parents that come later in the stream: such lines wait for its end. */
export class ClusterLines implements LineImport<ClusterChange> {
  readonly schema = customerClusterLine;
  private waitingCodes = new Set<string>();
  /** By line: a batch that is done again after a rollback finds its lines here already. */
  private waiting = new Map<number, ClusterChange>();
  private isAtEnd = false;

  constructor(private readonly mergeClusters: MergeClusters) {}

  prepare(
    tenantId: string,
    lines: readonly ImportLine<ClusterChange>[],
  ): Promise<(tx: Transaction) => Promise<LineResult[]>> {
    return Promise.resolve((tx) => this.merge(tx, tenantId, lines));
  }

  rest(): ImportLine<ClusterChange>[] {
    this.isAtEnd = true;
    this.waitingCodes = new Set();
    const ordered = parentsFirst([...this.waiting].map(([line, value]) => ({ ...value, line })));
    this.waiting.clear();
    return ordered.map(({ line, ...value }) => ({ line, value }));
  }

  private async merge(
    tx: Transaction,
    tenantId: string,
    lines: readonly ImportLine<ClusterChange>[],
  ): Promise<LineResult[]> {
    const changes = lines.map(({ value }) => value);
    const merges = await this.mergeClusters.merge(tx, tenantId, changes, this.waitingCodes);
    return merges.flatMap((merge, index) => {
      const line = lines[index]!;
      if (merge.outcome !== 'waiting') return [lineResult(line, merge)];
      if (this.isAtEnd) return [lineResult(line, refused(unknownAtEnd(line.value.parentCode ?? '')))];
      if (this.waiting.size >= maxWaiting) return [lineResult(line, refused(tooManyWait))];
      this.waiting.set(line.line, line.value);
      return [];
    });
  }
}

const unknownAtEnd = (parentCode: string) => ({
  pointer: '/parentCode',
  code: 'customer-cluster.unknown',
  detail: `There is no customer cluster '${parentCode}', in this stream neither, or it would lie below itself.`,
});

const tooManyWait = {
  pointer: '/parentCode',
  code: 'customer-cluster.parent-too-late',
  detail: `More than ${maxWaiting} lines name parents that come later. Put parents before their children.`,
};
