import type { CopyRef, Mode } from '@mailrun/contracts';

/** Some messages of a run of a restored database, with those of their copies that were fed. */
export interface RestoredChunk {
  readonly runId: string;
  readonly tenantId: string;
  readonly mode: Mode;
  readonly restoredTo: string;
  readonly rounds: readonly { readonly round: number; readonly copies: readonly CopyRef[] }[];
  /** Messages up to this one were done before. */
  readonly checkpoint: string | null;
  readonly lastMessageId: string;
}

/** Copies of runs that were under way when the database was restored from a backup, or ended since. */
export abstract class RestoredCopies {
  /** The next messages of a run, by id; undefined when all are done. */
  abstract next(
    run: { readonly runId: string; readonly tenantId: string },
    limit: number,
  ): Promise<RestoredChunk | undefined>;

  /** After the chunk was done. Does nothing when another replica has done it meanwhile. */
  abstract advance(chunk: RestoredChunk): Promise<void>;
}
