/** As much of a tenant's tree as a batch of changes needs: the clusters that it names and all above them. */
export class ClusterTree {
  private readonly parents = new Map<string, string | null>();

  has(code: string): boolean {
    return this.parents.has(code);
  }

  /** Puts a new cluster, or one with all below it, under a parent (null: to the top). */
  place(code: string, parentCode: string | null): void {
    this.parents.set(code, parentCode);
  }

  /** Whether a cluster under this parent would lie below itself. */
  wouldBeCycle(code: string, parentCode: string | null): boolean {
    const seen = new Set<string>();
    for (
      let above = parentCode;
      above !== null && !seen.has(above);
      above = this.parents.get(above) ?? null
    ) {
      if (above === code) return true;
      seen.add(above);
    }
    return false;
  }
}

/**
 * Changes in an order in which each one's parent comes before it, as far as the parent is among them. Changes of
 * one code keep their order.
 */
export function parentsFirst<Change extends { code: string; parentCode?: string | null | undefined }>(
  changes: readonly Change[],
): Change[] {
  const ofCode = Map.groupBy(changes, (change) => change.code);
  const ordered: Change[] = [];
  const visited = new Set<string>();
  // With a stack of its own: a chain may be longer than JavaScript's call stack.
  for (const start of ofCode.keys()) {
    const stack = [start];
    while (stack.length > 0) {
      const code = stack.at(-1)!;
      const own = ofCode.get(code) ?? [];
      const above = visited.has(code)
        ? []
        : own.flatMap(({ parentCode }) =>
            parentCode != null && ofCode.has(parentCode) && !visited.has(parentCode) ? [parentCode] : [],
          );
      visited.add(code);
      if (above.length > 0) {
        stack.push(...above);
        continue;
      }
      stack.pop();
      ordered.push(...own);
      ofCode.set(code, []);
    }
  }
  return ordered;
}
