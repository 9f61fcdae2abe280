/** Why a run pauses itself. */
export const selfPauses = [
  'first-messages-sent',
  'rest-waits',
  'sender-refused',
  'too-many-failed',
  'mode-changed',
] as const;
export type SelfPause = (typeof selfPauses)[number];

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
