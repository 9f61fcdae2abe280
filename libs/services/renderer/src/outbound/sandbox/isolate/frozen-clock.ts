export interface FrozenClock {
  /** Sets what `Date` says and where `Math.random` starts. */
  set(nowMs: number, seed: number): void;
}

/**
 * Runs inside the isolate, before it is frozen: replaces `Date`, `Math.random` and the default of
 * `Intl.DateTimeFormat` by ones that depend on the job alone.
 *
 * Self-contained: its source text is evaluated in the isolate.
 */
export function freezeClock(): FrozenClock {
  let now = 0;
  let state = 0;
  const RealDate = Date;

  const FrozenDate = function (...values: unknown[]) {
    if (!new.target) return new RealDate(now).toString();
    return Reflect.construct(RealDate, values.length === 0 ? [now] : values, new.target) as Date;
  };
  Object.defineProperties(FrozenDate, {
    name: { value: 'Date' },
    length: { value: 7 },
    prototype: { value: RealDate.prototype },
    now: { value: () => now },
    parse: { value: RealDate.parse },
    UTC: { value: RealDate.UTC },
  });
  Object.defineProperty(RealDate.prototype, 'constructor', { value: FrozenDate });
  Object.defineProperty(globalThis, 'Date', { value: FrozenDate });

  // mulberry32, in the public domain: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
  Math.random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };

  const formats = Intl.DateTimeFormat.prototype;

  const formatToParts = formats.formatToParts;
  const format = Object.getOwnPropertyDescriptor(formats, 'format')?.get;
  Object.defineProperty(formats, 'format', {
    get(this: Intl.DateTimeFormat) {
      const bound = format?.call(this) as (value?: Date | number) => string;
      return (value?: Date | number) => bound(value === undefined ? now : value);
    },
  });
  formats.formatToParts = function (value) {
    return formatToParts.call(this, value === undefined ? now : value);
  };

  return Object.freeze({
    set(nowMs: number, seed: number) {
      now = nowMs;
      state = seed | 0;
    },
  });
}
