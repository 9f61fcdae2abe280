/** A server that showed that it can't take envelopes ahead is not asked again for so long. */
const distrustMs = 600_000;

/** Whether envelopes may leave together with the mail before them: a server that can't take it loses nothing but time. */
export class AheadTrust {
  private notBefore = 0;

  get isGiven(): boolean {
    return performance.now() >= this.notBefore;
  }

  /** Not for now: for ten minutes where nothing else is said. */
  end(forMs = distrustMs): void {
    this.notBefore = Math.max(this.notBefore, performance.now() + forMs);
  }
}
