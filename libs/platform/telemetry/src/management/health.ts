export interface CheckResult {
  readonly ok: boolean;
  /** For people: what is wrong since when, or what was seen. */
  readonly detail?: string;
}

export interface HealthCheck {
  /** Unique in the process: `runs.database`. */
  readonly name: string;
  /**
   * `live`: false when only a restart helps. `ready`: false while the process should get no work, for instance during
   * an outage.
   */
  readonly kind: 'live' | 'ready';
  readonly check: () => CheckResult | Promise<CheckResult>;
}

export interface HealthReport {
  readonly ok: boolean;
  readonly checks: Readonly<Record<string, CheckResult>>;
}

const defaultTimeoutMs = 2_000;

/** Every part of a process registers what it knows; the management port asks. */
export class Health {
  private readonly checks = new Map<string, HealthCheck>();
  private phase: 'starting' | 'serving' | 'stopping' = 'starting';

  constructor(private readonly timeoutMs = defaultTimeoutMs) {}

  register(check: HealthCheck): void {
    if (this.checks.has(check.name)) throw new Error(`There is a health check '${check.name}' already.`);
    this.checks.set(check.name, check);
  }

  /** All modules are up. */
  markServing(): void {
    this.phase = 'serving';
  }

  /** No new work, please: what runs is being ended. */
  markStopping(): void {
    this.phase = 'stopping';
  }

  /** Whether the process works at all. */
  async live(): Promise<HealthReport> {
    return this.ask('live', {});
  }

  /** Whether it should get work. */
  async ready(): Promise<HealthReport> {
    return this.ask('ready', { process: { ok: this.phase === 'serving', detail: this.phase } });
  }

  private async ask(kind: HealthCheck['kind'], own: Record<string, CheckResult>): Promise<HealthReport> {
    const asked = [...this.checks.values()].filter((check) => check.kind === kind);
    const answers = await Promise.all(
      asked.map(async (check) => [check.name, await this.answerOf(check)] as const),
    );
    const checks = { ...own, ...Object.fromEntries(answers) };
    return { ok: Object.values(checks).every((result) => result.ok), checks };
  }

  /** A check that throws or hangs is a failing check, never a failing probe. */
  private async answerOf({ check }: HealthCheck): Promise<CheckResult> {
    const { promise: late, resolve } = Promise.withResolvers<CheckResult>();
    const timer = setTimeout(
      () => resolve({ ok: false, detail: `no answer in ${this.timeoutMs} ms` }),
      this.timeoutMs,
    );
    try {
      return await Promise.race([check(), late]);
    } catch (error) {
      return { ok: false, detail: error instanceof Error ? error.message : String(error) };
    } finally {
      clearTimeout(timer);
    }
  }
}
