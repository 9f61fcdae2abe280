/** Speed is measured over this time, so that it follows what happens now. */
const windowMs = 5_000;
const barWidth = 30;

/** How far a counted work is, and when it will be done. */
export class Progress {
  private marks: { readonly atMs: number; readonly done: number }[] = [];

  constructor(
    private readonly label: string,
    private readonly total: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** One line: `Sending  [██████    ]  120/392  85.0/s  3 s left`. */
  line(done: number): string {
    const atMs = this.now();
    this.marks.push({ atMs, done });
    while (this.marks.length > 2 && atMs - (this.marks[0]?.atMs ?? 0) > windowMs) this.marks.shift();
    const first = this.marks[0] ?? { atMs, done };
    const perSecond = atMs > first.atMs ? ((done - first.done) / (atMs - first.atMs)) * 1000 : 0;
    const full =
      this.total === 0 ? barWidth : Math.round((Math.min(done, this.total) / this.total) * barWidth);
    const bar = '█'.repeat(full) + ' '.repeat(barWidth - full);
    const rate = perSecond > 0 ? `  ${perSecond.toFixed(perSecond < 10 ? 1 : 0)}/s` : '';
    return `${this.label} [${bar}] ${done}/${this.total}${rate}${this.left(done, perSecond)}`;
  }

  private left(done: number, perSecond: number): string {
    if (done >= this.total) return '  done';
    return perSecond > 0 ? `  ${formatDuration((this.total - done) / perSecond)} left` : '';
  }
}

/** `45 s`, `3 min 5 s`, `2 h 10 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
