import { frozenTimeMs, seedOf } from './frozen-time.js';

describe('frozenTimeMs', () => {
  it('is when a UUIDv7 was made', () => {
    // RFC 9562, appendix A.6: Tuesday, February 22, 2022 2:22:22.00 PM GMT-05:00
    expect(frozenTimeMs('017f22e2-79b0-7cc3-98c4-dc0c0c07398f', '')).toBe(Date.UTC(2022, 1, 22, 19, 22, 22));
  });

  it('is the fallback for ids that hold no time', () => {
    expect(frozenTimeMs('919108f7-52d1-4320-9bac-f847db4148a8', '2025-06-01T08:00:00.000Z')).toBe(
      Date.UTC(2025, 5, 1, 8),
    );
  });
});

describe('seedOf', () => {
  it('is a 32-bit number from the id', () => {
    expect(seedOf('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')).toBe(0x0c07398f);
  });
});
