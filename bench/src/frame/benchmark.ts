import type { Place } from './place.js';

/** Given on the command line; without them each benchmark takes its own. */
export interface BenchmarkOptions {
  /** How many mails, invoices or renderings: `--size=N`. */
  readonly size?: number;
  /** SMTP connections: `--connections=N` or `N,N`. */
  readonly connections?: readonly number[];
  /** How long a mail server is away: `--minutes-down=N`. */
  readonly minutesDown?: number;
}

/** What one measurement found, against its baseline of the same run. */
export interface Comparison {
  /** What exactly was measured, with every number that shaped it. */
  readonly name: string;
  /** Of baseline and measured. */
  readonly unit: string;
  readonly baseline: number;
  readonly measured: number;
  /** Whether `measured` should be above `target` × baseline or below it. */
  readonly better: 'more' | 'less';
  /** Of the ratio measured / baseline; undefined where nobody set one. */
  readonly target?: number;
  /** Numbers that explain it, by name with their unit. */
  readonly details?: Readonly<Record<string, number>>;
}

export interface Benchmark {
  readonly name: string;
  /** One sentence for the table of contents. */
  readonly what: string;
  /** It is ended, with an error, when it takes longer. */
  readonly deadlineMinutes: number;
  run(options: BenchmarkOptions, place: Place): Promise<readonly Comparison[]>;
}
