/**
 * Keeps what was made of blobs, by key, up to a number of bytes; what was not used for longest goes first. Whoever asks
 * while a key is being loaded waits for the same load. What fails to load is not kept, nor what is larger than all of it.
 */
export class ByteCache<Value> {
  private readonly entries = new Map<string, { value: Promise<Value>; sizeBytes: number }>();
  private sizeBytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** `sizeBytes` is what the value counts as. */
  get(key: string, sizeBytes: number, load: () => Promise<Value>): Promise<Value> {
    const known = this.entries.get(key);
    if (known !== undefined) {
      this.entries.delete(key);
      this.entries.set(key, known);
      return known.value;
    }
    const value = load();
    if (sizeBytes > this.maxBytes) return value;
    const entry = { value, sizeBytes };
    this.entries.set(key, entry);
    this.sizeBytes += sizeBytes;
    this.makeRoom();
    value.catch(() => this.forget(key, entry));
    return value;
  }

  private makeRoom(): void {
    for (const [key, entry] of this.entries) {
      if (this.sizeBytes <= this.maxBytes) return;
      this.forget(key, entry);
    }
  }

  private forget(key: string, entry: { sizeBytes: number }): void {
    if (this.entries.get(key) !== entry) return;
    this.entries.delete(key);
    this.sizeBytes -= entry.sizeBytes;
  }
}
