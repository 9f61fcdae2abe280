import { bookCredits, creditLifeMs, noCredits, usedUpUntil, type Quota, type Usage } from './quota.js';

const hourly: Quota = { count: 'messages', per: 'hour', max: 100 };
const daily: Quota = { count: 'recipients', per: 'day', max: 50 };
const much = { messages: 1_000, recipients: 1_000 };
const hourMs = 3_600_000;

describe('quotas of a server', () => {
  it('are given out once, and again when the period has passed', () => {
    const first = bookCredits({}, [hourly], noCredits, much, 1, 0);
    expect(first.credits).toEqual({ messages: 100, recipients: undefined });
    const later = (now: number) =>
      bookCredits(first.usage, [hourly], { ...noCredits, messages: 0 }, much, 1, now).credits.messages;
    expect([1, hourMs, hourMs + 60_000 + creditLifeMs - 1].map(later)).toEqual([0, 0, 0]);
    expect(later(hourMs + 60_000 + creditLifeMs)).toBe(100);
    expect(usedUpUntil(first.usage, [hourly], 1)).toBe(hourMs + 60_000 + creditLifeMs);
  });

  it('count messages and recipients apart, each by its tightest limit', () => {
    const minutely: Quota = { count: 'messages', per: 'minute', max: 7 };
    const { credits } = bookCredits({}, [hourly, minutely, daily], noCredits, much, 1, 0);
    expect(credits).toEqual({ messages: 7, recipients: 50 });
  });

  it('take back what was not used', () => {
    const first = bookCredits({}, [hourly], noCredits, { messages: 60, recipients: 0 }, 1, 0);
    const second = bookCredits(first.usage, [hourly], { ...noCredits, messages: 50 }, much, 1, 1_000);
    expect(second.credits.messages).toBe(90);
  });

  it('are divided among replicas, to the last one', () => {
    expect(bookCredits({}, [hourly], noCredits, much, 4, 0).credits.messages).toBe(25);
    const nearly: Usage = { 'messages/hour': [[0, 98]] };
    expect(bookCredits(nearly, [hourly], noCredits, much, 4, 0).credits.messages).toBe(1);
  });

  it('are never exceeded in any hour, whatever is asked, used, given back or lost', () => {
    let state = 7;
    const random = () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
    let usage: Usage = {};
    const left: number[] = [];
    const holders = [0, 0, 0];
    let now = 0;
    while (now < 4 * hourMs) {
      now += Math.floor(random() * 8_000);
      const who = Math.floor(random() * 3);
      // Now and then one is killed with what it has.
      const unused = random() < 0.02 ? 0 : holders[who]!;
      const wanted = { messages: Math.floor(random() * 12), recipients: 0 };
      const booked = bookCredits(usage, [hourly], { ...noCredits, messages: unused }, wanted, 3, now);
      usage = booked.usage;
      const granted = booked.credits.messages!;
      const used = Math.floor(random() * (granted + 1));
      for (let i = 0; i < used; i += 1) left.push(now + Math.floor(random() * creditLifeMs));
      holders[who] = granted - used;
    }
    left.sort((a, b) => a - b);
    const most = Math.max(
      ...left.map((at, i) => left.slice(i).filter((other) => other < at + hourMs).length),
    );
    expect(most).toBeLessThanOrEqual(100);
    expect(left.length).toBeGreaterThan(300);
  });
});
