interface Record {
  stops: number;
  until: number;
}

const maxRecords = 1000;
/** How much one rendering that went well weighs against one that was stopped. */
const forgiveness = 0.1;

/**
 * Programs whose renderings had to be stopped. Without it a run with an endless loop in its template would keep the
 * sandbox busy for a second with each of its mails, and the neighbours' mails waiting. Renderings that go well speak for
 * the program: a few customers whose data it can not digest do not stop the mails of all others.
 */
export class Quarantine {
  private readonly records = new Map<string, Record>();

  constructor(
    private readonly maxStops: number,
    private readonly durationMs: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** Says that a rendering of the program was stopped. */
  record(programKey: string): void {
    const record = this.records.get(programKey) ?? { stops: 0, until: 0 };
    record.stops += 1;
    record.until = this.now() + this.durationMs;
    this.records.delete(programKey);
    this.records.set(programKey, record);
    if (this.records.size > maxRecords) {
      const oldest = this.records.keys().next().value;
      if (oldest !== undefined) this.records.delete(oldest);
    }
  }

  /** Says that renderings of the program went well. */
  forgive(programKey: string, renderings: number): void {
    const record = this.records.get(programKey);
    if (!record || this.has(programKey)) return;
    record.stops -= renderings * forgiveness;
    if (record.stops <= 0) this.records.delete(programKey);
  }

  has(programKey: string): boolean {
    const record = this.records.get(programKey);
    if (!record) return false;
    if (record.until < this.now()) {
      this.records.delete(programKey);
      return false;
    }
    return record.stops >= this.maxStops;
  }
}
