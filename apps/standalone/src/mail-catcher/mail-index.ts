import { open, readFile, rename, type FileHandle } from 'node:fs/promises';
import type { CaughtMail } from './caught-mail.js';

interface Task<T> {
  readonly what: T;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** What the index holds. Ids are never used again, also when no mail is left: scripts remember where they were. */
export interface IndexContent {
  /** In the order of their ids. */
  readonly mails: readonly CaughtMail[];
  readonly nextId: number;
}

const toLine = (entry: CaughtMail | { nextId: number }) => `${JSON.stringify(entry)}\n`;

/**
 * The index on disk: one JSON line for each mail, appended. Mails that come in at the same time share one write.
 * Lines of removed mails stay until {@link rewrite}; a line torn by a crash belongs to a mail that was never
 * confirmed, and is passed over when reading.
 */
export class MailIndex {
  private appends: Task<CaughtMail>[] = [];
  private rewrites: Task<() => IndexContent>[] = [];
  private working: Promise<void> | undefined;

  private constructor(
    private readonly path: string,
    private file: FileHandle,
  ) {}

  static async open(path: string): Promise<MailIndex> {
    const index = new MailIndex(path, await open(path, 'a'));
    // Ends a torn last line.
    await index.file.appendFile('\n');
    return index;
  }

  static async read(path: string): Promise<IndexContent> {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const mails = new Map<number, CaughtMail>();
    let nextId = 1;
    for (const line of text.split('\n')) {
      const entry = parseLine(line);
      if (entry?.id !== undefined) mails.set(entry.id, entry as CaughtMail);
      nextId = Math.max(nextId, entry?.nextId ?? 0, (entry?.id ?? 0) + 1);
    }
    return { mails: [...mails.values()].sort((a, b) => a.id - b.id), nextId };
  }

  /** Resolves when the line is written. */
  append(mail: CaughtMail): Promise<void> {
    return new Promise((done, failed) => {
      this.appends.push({ what: mail, done, failed });
      this.work();
    });
  }

  /** Makes the index hold this only, asked for when it is written; a crash leaves the old index or the new. */
  rewrite(content: () => IndexContent): Promise<void> {
    return new Promise((done, failed) => {
      this.rewrites.push({ what: content, done, failed });
      this.work();
    });
  }

  async close(): Promise<void> {
    await this.working;
    await this.file.close();
  }

  private work(): void {
    this.working ??= this.workOff().finally(() => (this.working = undefined));
  }

  private async workOff(): Promise<void> {
    while (this.appends.length > 0 || this.rewrites.length > 0) {
      const appends = this.appends;
      this.appends = [];
      const rewrites = this.rewrites;
      this.rewrites = [];
      await settle(appends, () => this.file.appendFile(appends.map(({ what }) => toLine(what)).join('')));
      const content = rewrites.at(-1)?.what();
      if (content) await settle(rewrites, () => this.replaceFile(content));
    }
  }

  private async replaceFile({ mails, nextId }: IndexContent): Promise<void> {
    const path = `${this.path}.new`;
    const next = await open(path, 'w');
    await next.appendFile([{ nextId }, ...mails].map(toLine).join(''));
    await rename(path, this.path);
    await this.file.close();
    this.file = next;
  }
}

async function settle(tasks: readonly Task<unknown>[], work: () => Promise<void>): Promise<void> {
  if (tasks.length === 0) return;
  try {
    await work();
    for (const { done } of tasks) done();
  } catch (error) {
    for (const { failed } of tasks) failed(error);
  }
}

function parseLine(line: string): (Partial<CaughtMail> & { nextId?: number }) | undefined {
  try {
    return line === '' ? undefined : (JSON.parse(line) as Partial<CaughtMail>);
  } catch {
    return undefined;
  }
}
