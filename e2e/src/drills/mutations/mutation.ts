import type { Service } from '../../system/kafka-system.js';
import type { Drill, DrillResult } from '../drill.js';

/** A piece of built code, and what stands in its place. */
export interface Change {
  /** A built file, from the root of the repository. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly text: string;
  readonly instead: string;
}

/** One of the means by which a guarantee is kept, taken away from the built code of a service; and a drill that must notice. */
export interface Mutation {
  /** Kebab-case, unique. */
  readonly name: string;
  /** What the service does now, as the end of a sentence: "The dispatcher …". */
  readonly what: string;
  readonly service: Service;
  readonly changes: readonly Change[];
  /** Other means that would heal it in time are put off, so that this one is proved by itself. */
  readonly settings?: Partial<Record<Service, Readonly<Record<string, string>>>>;
  /** The sound system passes it. */
  readonly drill: Drill;
  /** Within which the sound system brings all to its end; a quarter of a minute where left out. */
  readonly finalDeadlineMs?: number;
  readonly noticedBy: Notice;
}

/** How a drill says what went wrong. */
export const notices = {
  'a mail came twice': ({ unexplained }: DrillResult) => unexplained > 0,
  'a mail was lost': ({ lost }: DrillResult) => lost > 0,
  'more in doubt than may be': ({ uncertain, uncertainBound }: DrillResult) => uncertain > uncertainBound,
  'a damaged mail came': ({ failures }: DrillResult) =>
    failures.some((failure) => /^(archivesProtected|mailsBelongTogether)\b/.test(failure)),
  'mails left after the act': ({ failures }: DrillResult) =>
    failures.some((failure) => /mails left more than/.test(failure)),
} as const;

export type Notice = keyof typeof notices;
