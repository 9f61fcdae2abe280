import { Progress } from './progress.js';

/** Without a terminal, a progress is told at most this often. */
const quietMs = 1_000;

/** Where the sample tells what it does: whole lines, and a progress that is drawn over itself in a terminal. */
export class Screen {
  constructor(
    private readonly write: (text: string) => void,
    private readonly isTty: boolean,
  ) {}

  line(text = ''): void {
    this.write(`${text}\n`);
  }

  /** Gives a function to be called with each new count, and one for the end. */
  progress(label: string, total: number): { update: (done: number) => void; end: () => void } {
    const progress = new Progress(label, total);
    let last = '';
    let shownAtMs = -Infinity;
    const update = (done: number) => {
      last = progress.line(done);
      if (this.isTty) this.write(`\r${last}\u001b[K`);
      else if (performance.now() - shownAtMs >= quietMs) {
        shownAtMs = performance.now();
        this.line(last);
        last = '';
      }
    };
    const end = () => {
      if (this.isTty) this.line();
      else if (last !== '') this.line(last);
    };
    return { update, end };
  }
}
