import type { MessageOutcome } from '@mailrun/contracts';

/** Why a run pauses itself. */
export const selfPauses = [
  'first-messages-sent',
  'rest-waits',
  'sender-refused',
  'template-quarantined',
  'too-many-failed',
  'mode-changed',
] as const;
export type SelfPause = (typeof selfPauses)[number];

/** Codes of outcomes that pause the whole run: what they say of one message goes for all of it. */
const pausingCodes: Readonly<Record<string, SelfPause>> = {
  'smtp.sender-refused': 'sender-refused',
  'template.quarantined': 'template-quarantined',
};

/** Why an outcome pauses its run by itself, if it does. */
export const pauseOf = ({ state, reply }: Pick<MessageOutcome, 'state' | 'reply'>): SelfPause | undefined =>
  state === 'sent' || reply === undefined ? undefined : pausingCodes[reply.code];

/** Of so many messages the last ones are looked at; before there are so many, a run does not pause itself. */
export const lookedAt = 100;

/** How the last messages of a run ended. */
export class LastMessages {
  private ended: { readonly at: number; readonly hasFailed: boolean }[] = [];

  add(hasFailed: boolean, atMs: number): void {
    this.ended.push({ at: atMs, hasFailed });
    if (this.ended.length > lookedAt) this.ended.shift();
  }

  /**
   * Whether more than the share of them failed.
   *
   * @param sinceMs what ended before does not count: the run was resumed then
   */
  exceeds(share: number, sinceMs = 0): boolean {
    const counted = this.ended.filter(({ at }) => at >= sinceMs);
    const failed = counted.filter(({ hasFailed }) => hasFailed).length;
    return counted.length >= lookedAt && failed > share * counted.length;
  }
}
