/** Bounds the bytes in memory. Who comes first is served first; something larger than all gets the whole. */
export class ByteBudget {
  private readonly waiting: { bytes: number; go: () => void }[] = [];
  private left: number;

  constructor(private readonly total: number) {
    this.left = total;
  }

  /** Whether taking so much would mean waiting. */
  isShort(bytes: number): boolean {
    return this.waiting.length > 0 || Math.min(bytes, this.total) > this.left;
  }

  /** Resolves with what gives the bytes back. */
  async take(wanted: number): Promise<() => void> {
    const bytes = Math.min(wanted, this.total);
    if (this.isShort(bytes)) {
      await new Promise<void>((go) => this.waiting.push({ bytes, go }));
    } else {
      this.left -= bytes;
    }
    let isTaken = true;
    return () => {
      if (isTaken) this.giveBack(bytes);
      isTaken = false;
    };
  }

  private giveBack(bytes: number): void {
    this.left += bytes;
    for (let next = this.waiting[0]; next && next.bytes <= this.left; next = this.waiting[0]) {
      this.waiting.shift();
      this.left -= next.bytes;
      next.go();
    }
  }
}
