/** Collects what happens and lets a test wait for it, instead of sleeping. */
export class Collected<Item> {
  readonly items: Item[] = [];
  private readonly checks = new Set<() => void>();

  add(...items: readonly Item[]): void {
    this.items.push(...items);
    for (const check of this.checks) check();
  }

  /** Resolves with all items when there are `number` of them. @throws Error after the deadline */
  count(number: number, deadlineMs?: number): Promise<readonly Item[]> {
    return this.until((items) => items.length >= number, deadlineMs, `${number} items`);
  }

  /** Resolves with all items when the condition holds. @throws Error after the deadline */
  until(
    condition: (items: readonly Item[]) => boolean,
    deadlineMs = 20_000,
    what = 'a condition',
  ): Promise<readonly Item[]> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (!condition(this.items)) return;
        this.checks.delete(check);
        clearTimeout(timer);
        resolve(this.items);
      };
      const timer = setTimeout(() => {
        this.checks.delete(check);
        reject(new Error(`Waited ${deadlineMs} ms for ${what}; there are ${this.items.length} items.`));
      }, deadlineMs);
      this.checks.add(check);
      check();
    });
  }
}

/** A gate that handlers wait at until a test opens it. */
export class Gate {
  private release: () => void = () => undefined;
  private readonly opened = new Promise<void>((resolve) => (this.release = resolve));

  open(): void {
    this.release();
  }

  pass(): Promise<void> {
    return this.opened;
  }
}

/** Asks again and again until the answer is truthy. @throws Error after the deadline */
export async function eventually<Answer>(
  ask: () => Answer | Promise<Answer>,
  deadlineMs = 20_000,
): Promise<NonNullable<Answer>> {
  const until = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > until) throw new Error(`Waited ${deadlineMs} ms in vain.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
