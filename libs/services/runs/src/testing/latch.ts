/** Something that a test waits for, or makes others wait for. */
export class Latch {
  open!: () => void;
  readonly passed = new Promise<void>((resolve) => (this.open = resolve));
}
