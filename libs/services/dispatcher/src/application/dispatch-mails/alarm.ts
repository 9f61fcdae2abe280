/** A pause that others can end early. What rings while nobody waits ends the next pause at once. */
export class Alarm {
  private hasRung = false;
  private ring: (() => void) | undefined;

  wake(): void {
    this.hasRung = true;
    this.ring?.();
  }

  async wait(ms: number): Promise<void> {
    if (!this.hasRung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.ring = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.ring = undefined;
    }
    this.hasRung = false;
  }
}
