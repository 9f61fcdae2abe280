import type { Hold } from '../../domain/hold.js';

/** Holds, as every claim and every commit that marks mails reads them. */
export abstract class Holds {
  /** Keeps the hold; one that is there already stays as it is, but `restored` replaces `operator`. */
  abstract put(hold: Omit<Hold, 'since'>): Promise<void>;

  /** @returns whether there was one */
  abstract remove(scope: string): Promise<boolean>;

  abstract list(): Promise<Hold[]>;
}
