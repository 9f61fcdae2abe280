import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SMTPServerDataStream } from 'smtp-server';
import type { CatcherLimits, CaughtMail } from './caught-mail.js';
import { writeIncomingMail } from './incoming-mail.js';
import { MailIndex } from './mail-index.js';

const fileName = (id: number) => `${String(id).padStart(10, '0')}.eml`;
const idOf = (name: string) => (/^\d{10,}\.eml$/.test(name) ? Number.parseInt(name, 10) : undefined);

/** The index is rewritten when this many lines, and most of them, are of removed mails. */
const minStaleLines = 1_000;

export interface MailPage {
  /** Newest first. */
  readonly items: readonly CaughtMail[];
  /** Pass it as `before` to go on; undefined at the end. */
  readonly next: number | undefined;
}

/**
 * The caught mails in one folder: `mails/<id>.eml` with the bytes as they were received, and `index.ndjson`.
 * A mail counts as caught when its file and its line of the index are written; files without a line are left
 * from a crash before the sender got its answer, and are removed when opening.
 */
export class MailStore {
  /** Grows with each change, so that a page can see whether it is up to date. */
  version = 0;
  private totalBytes = 0;
  private staleLines = 0;

  private constructor(
    private readonly folder: string,
    private readonly limits: CatcherLimits,
    private readonly index: MailIndex,
    private readonly onFault: (error: unknown) => void,
    private mails: CaughtMail[],
    private nextId: number,
  ) {
    this.totalBytes = mails.reduce((sum, mail) => sum + mail.sizeBytes, 0);
  }

  /** `onFault` hears of what went wrong without touching a mail: an old file that could not be removed. */
  static async open(
    folder: string,
    limits: CatcherLimits,
    onFault: (error: unknown) => void,
  ): Promise<MailStore> {
    const indexPath = join(folder, 'index.ndjson');
    await mkdir(join(folder, 'mails'), { recursive: true });
    const listed = await MailIndex.read(indexPath);
    const names = await readdir(join(folder, 'mails'));
    const left = new Set(names.map(idOf).filter((id) => id !== undefined));
    const mails = listed.mails.filter(({ id }) => left.delete(id));
    await Promise.all([...left].map((id) => rm(join(folder, 'mails', fileName(id)))));

    const nextId = Math.max(listed.nextId, ...[...left].map((id) => id + 1));
    const store = new MailStore(folder, limits, await MailIndex.open(indexPath), onFault, mails, nextId);
    store.staleLines = listed.mails.length - mails.length;
    await store.removeBeyondLimits();
    return store;
  }

  get count(): number {
    return this.mails.length;
  }

  get sizeBytes(): number {
    return this.totalBytes;
  }

  /** @throws MailTooLarge, or the file system's error: then nothing is kept. */
  async add(stream: SMTPServerDataStream, envelope: CaughtMail['envelope']): Promise<CaughtMail> {
    const id = this.nextId++;
    const { sizeBytes, scan } = await writeIncomingMail(stream, this.path(id));
    const { from, subject, attachmentCount } = scan;
    const receivedAt = new Date().toISOString();
    const mail: CaughtMail = { id, receivedAt, envelope, from, subject, sizeBytes, attachmentCount };
    // Listed first: a rewrite of the index that comes between must not leave it out.
    this.insert(mail);
    try {
      await this.index.append(mail);
    } catch (error) {
      await this.forget(this.mails.splice(this.position(id) - 1, 1));
      throw error;
    }
    await this.removeBeyondLimits().catch(this.onFault);
    return mail;
  }

  get(id: number): CaughtMail | undefined {
    const mail = this.mails[this.position(id) - 1];
    return mail?.id === id ? mail : undefined;
  }

  /** The mails that came just before and just after. */
  neighbours(id: number): { older: CaughtMail | undefined; newer: CaughtMail | undefined } {
    const position = this.position(id);
    return { older: this.mails[position - 2], newer: this.mails[position] };
  }

  /** `search` looks, without regard to case, at the subject and at all senders and recipients. */
  list(query: { limit: number; before?: number | undefined; search?: string | undefined }): MailPage {
    const wanted = query.search?.trim().toLowerCase() ?? '';
    const items: CaughtMail[] = [];
    for (let at = this.position((query.before ?? Infinity) - 1) - 1; at >= 0; at--) {
      const mail = this.mails[at];
      if (!mail || !matches(mail, wanted)) continue;
      if (items.length === query.limit) return { items, next: items.at(-1)?.id };
      items.push(mail);
    }
    return { items, next: undefined };
  }

  path(id: number): string {
    return join(this.folder, 'mails', fileName(id));
  }

  async clear(): Promise<void> {
    await this.forget(this.mails.splice(0));
    await this.compact();
  }

  close(): Promise<void> {
    return this.index.close();
  }

  /** How many mails have an id up to this one (binary search: the list is in the order of ids). */
  private position(id: number): number {
    let low = 0;
    let high = this.mails.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.mails[middle]?.id ?? Infinity) <= id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private insert(mail: CaughtMail): void {
    // Mails that come in together end in any order.
    const newest = this.mails.at(-1);
    if (!newest || newest.id < mail.id) this.mails.push(mail);
    else this.mails.splice(this.position(mail.id), 0, mail);
    this.totalBytes += mail.sizeBytes;
    this.version++;
  }

  private async removeBeyondLimits(): Promise<void> {
    const { maxMails, maxTotalBytes } = this.limits;
    if (this.mails.length <= maxMails && this.totalBytes <= maxTotalBytes) return;
    // A hundredth more than needed, so that a full catcher does not move its list with every mail.
    const mailsToKeep = maxMails - Math.floor(maxMails / 100);
    const bytesToKeep = maxTotalBytes * 0.99;
    let count = 0;
    let bytes = this.totalBytes;
    while (
      count < this.mails.length - 1 &&
      (this.mails.length - count > mailsToKeep || bytes > bytesToKeep)
    ) {
      bytes -= this.mails[count++]?.sizeBytes ?? 0;
    }
    await this.forget(this.mails.splice(0, count));
    if (this.staleLines > Math.max(minStaleLines, this.mails.length)) await this.compact();
  }

  /** For mails that were taken out of the list. */
  private async forget(mails: readonly CaughtMail[]): Promise<void> {
    this.totalBytes -= mails.reduce((sum, mail) => sum + mail.sizeBytes, 0);
    this.staleLines += mails.length;
    this.version++;
    await Promise.all(mails.map(({ id }) => rm(this.path(id), { force: true })));
  }

  private async compact(): Promise<void> {
    this.staleLines = 0;
    await this.index.rewrite(() => ({ mails: this.mails, nextId: this.nextId }));
  }
}

function matches(mail: CaughtMail, wanted: string): boolean {
  if (wanted === '') return true;
  const texts = [mail.subject, mail.from, mail.envelope.from, ...mail.envelope.to];
  return texts.some((text) => text.toLowerCase().includes(wanted));
}
