import { Injectable } from '@nestjs/common';
import { BlobStore } from '@mailrun/platform-blobs';
import { EpochMarks } from '../../application/ports/epochs.port.js';

const folder = 'epoch/';
/** Blobs are never overwritten: each number has one of its own, and the last ones are kept. */
const kept = 3;
const nameOf = (epoch: number): string => `${folder}${String(epoch).padStart(15, '0')}`;

@Injectable()
export class BlobEpochMarks extends EpochMarks {
  constructor(private readonly blobs: BlobStore) {
    super();
  }

  async newest(): Promise<number> {
    return (await this.all()).at(-1) ?? 0;
  }

  async put(epoch: number): Promise<void> {
    await this.blobs.put(nameOf(epoch), Buffer.from(`${epoch}\n`));
    for (const old of (await this.all()).slice(0, -kept)) await this.blobs.delete(nameOf(old));
  }

  private async all(): Promise<number[]> {
    const epochs: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.blobs.list(folder, cursor === undefined ? {} : { cursor });
      for (const { key } of page.items) epochs.push(Number(key.slice(folder.length)));
      cursor = page.next;
    } while (cursor !== undefined);
    return epochs.toSorted((a, b) => a - b);
  }
}
