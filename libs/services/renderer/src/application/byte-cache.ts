/**
 * Keeps what was loaded, by key, up to a number of bytes; what was not used for longest goes first. Whoever asks while
 * a key is being loaded waits for the same load. What fails to load is not kept.
 */
export class ByteCache<Value> {
  private readonly entries = new Map<
    string,
    { readonly value: Promise<Value>; readonly sizeBytes: number }
  >();
  private sizeBytes = 0;

  constructor(private readonly maxBytes: number) {}

  get(key: string, sizeBytes: number, load: () => Promise<Value>): Promise<Value> {
    const known = this.entries.get(key);
    if (known) {
      this.entries.delete(key);
      this.entries.set(key, known);
      return known.value;
    }
    const entry = { value: load(), sizeBytes };
    this.entries.set(key, entry);
    this.sizeBytes += sizeBytes;
    for (const [oldKey, old] of this.entries) {
      if (this.sizeBytes <= this.maxBytes) break;
      this.forget(oldKey, old);
    }
    entry.value.catch(() => this.forget(key, entry));
    return entry.value;
  }

  private forget(key: string, entry: { readonly sizeBytes: number }): void {
    if (this.entries.get(key) !== entry) return;
    this.entries.delete(key);
    this.sizeBytes -= entry.sizeBytes;
  }
}
