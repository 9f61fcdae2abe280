/**
 * Bounds the memory of work that goes on at the same time: each piece of work names its bytes and waits, in order,
 * until they are free. Work larger than the whole budget gets all of it, alone.
 */
export class ByteBudget {
  private free: number;
  private readonly waiting: { bytes: number; start: () => void }[] = [];

  constructor(private readonly totalBytes: number) {
    this.free = totalBytes;
  }

  get usedBytes(): number {
    return this.totalBytes - this.free;
  }

  async use<Result>(bytes: number, work: () => Promise<Result>): Promise<Result> {
    const share = Math.min(bytes, this.totalBytes);
    if (this.waiting.length > 0 || share > this.free) {
      await new Promise<void>((start) => this.waiting.push({ bytes: share, start }));
    } else {
      this.free -= share;
    }
    try {
      return await work();
    } finally {
      this.free += share;
      this.startNext();
    }
  }

  private startNext(): void {
    for (let next = this.waiting[0]; next !== undefined && next.bytes <= this.free; next = this.waiting[0]) {
      this.waiting.shift();
      this.free -= next.bytes;
      next.start();
    }
  }
}
