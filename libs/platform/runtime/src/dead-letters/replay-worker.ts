import type { DeadLetter, MessagingLog, MessagingObserver } from '@mailrun/platform-messaging';
import type { Database } from '@mailrun/platform-persistence';
import { inAllTenants, letterColumns, letterOf, type LetterRow } from './letter-rows.js';

export interface ReplayWorkerOptions {
  readonly database: Database;
  /** Resolves when the letters were handled, or are dead again. */
  readonly replay: (letters: readonly DeadLetter[]) => Promise<void>;
  readonly observer: Pick<MessagingObserver, 'openDeadLetters'>;
  readonly log: MessagingLog;
  /** How often it looks for letters whose replay was asked for. Default 1 s. */
  readonly lookMs?: number;
  /** How often open letters are counted, and old ones removed. Default 60 s. */
  readonly countMs?: number;
}

/** Letters that are replayed at the same time. */
const pageSize = 100;

/** As long as Kafka's topics keep theirs: they hold personal data, and their messages are settled without them. */
const keptDays = 7;

/**
 * Replays the dead letters of the embedded shape that people asked for. A letter goes when its record was handled: one
 * whose process is killed meanwhile is replayed again by the next.
 */
export class ReplayWorker {
  private readonly timers: NodeJS.Timeout[];
  private readonly running = new Set<string>();
  private readonly topics = new Set<string>();

  constructor(private readonly options: ReplayWorkerOptions) {
    const { lookMs = 1000, countMs = 60_000 } = options;
    this.timers = [
      setInterval(() => this.once('Dead letters were not replayed', () => this.replayAsked()), lookMs),
      setInterval(() => this.once('Dead letters were not counted', () => this.upkeep()), countMs),
    ];
    this.once('Dead letters were not counted', () => this.upkeep());
  }

  /** Does not wait for replays that are under way: an outage may hold them up, and they come again after a restart. */
  stop(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  private async replayAsked(): Promise<void> {
    const { database, replay } = this.options;
    for (;;) {
      const rows = await inAllTenants(database, (tx) =>
        tx.query<LetterRow & { value: string }>(
          `select ${letterColumns}, value from dead_letters
           where replay_asked_at is not null and replayable_until > now() order by dead_letters.number limit $1`,
          [pageSize],
        ),
      );
      if (rows.length === 0) return;
      await replay(rows.map((row) => ({ ...letterOf(row), value: row.value })));
      await inAllTenants(database, (tx) =>
        tx.execute('delete from dead_letters where number = any($1::bigint[])', [
          rows.map(({ number }) => number),
        ]),
      );
    }
  }

  private async upkeep(): Promise<void> {
    const { database, observer } = this.options;
    const counts = await inAllTenants(database, async (tx) => {
      await tx.execute('delete from dead_letters where failed_at < now() - make_interval(days => $1)', [
        keptDays,
      ]);
      return tx.query<{ topic: string; records: number }>(
        'select topic, count(*)::int as records from dead_letters group by topic',
      );
    });
    const open = new Map(counts.map(({ topic, records }) => [topic, records]));
    for (const topic of open.keys()) this.topics.add(topic);
    for (const topic of this.topics) observer.openDeadLetters({ topic, records: open.get(topic) ?? 0 });
  }

  /** Runs a task unless it runs already. What fails is tried at the next turn. */
  private once(failure: string, task: () => Promise<void>): void {
    if (this.running.has(failure)) return;
    this.running.add(failure);
    task()
      .catch((error: unknown) => this.options.log({ level: 'warn', message: failure, error }))
      .finally(() => this.running.delete(failure));
  }
}
