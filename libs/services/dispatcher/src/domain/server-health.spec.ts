import {
  allowedConnections,
  allowedRate,
  healthAt,
  healthy,
  hearNews,
  takeProbe,
  type ServerHealth,
} from './server-health.js';
import type { ServerNews } from './settle-attempt.js';

const limits = { messagesPerMinute: 600, maxConnections: 10, quotas: [] };
const load = { sentPerMinute: 600, connections: 10 };
const unwell: ServerNews = { kind: 'unwell', reply: { code: 'smtp.timeout' } };
const slowDown: ServerNews = { kind: 'slow-down', reply: { code: 'smtp.rate-limited' } };
const tooMany: ServerNews = { kind: 'slow-down', reply: { code: 'smtp.too-many-connections' } };

const hear = (health: ServerHealth, news: ServerNews, now: number, configured: object = {}) =>
  hearNews(health, 'me', { settingsVersion: 1, ...limits, ...configured, news }, load, now, 0);
const at = (health: ServerHealth, now: number, configured = {}) =>
  healthAt(health, 1, { ...limits, ...configured }, now);

describe('the circuit of a server', () => {
  it('is probed after 1, 2, 4 and then each 5 seconds', () => {
    let health = healthy(1);
    let now = 0;
    const pauses: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      health = hear(health, unwell, now);
      pauses.push((health.retryAt! - now) / 1000);
      expect(takeProbe(health, 'me', 5_000, health.retryAt! - 1).circuit).toBe('open');
      now = health.retryAt!;
      health = takeProbe(health, 'me', 5_000, now);
      expect(health.circuit).toBe('half-open');
    }
    expect(pauses).toEqual([1, 2, 4, 5, 5, 5]);
    expect(health.openedAt).toBe(0);
  });

  it('keeps what the server asked for when it closes', () => {
    let health = hear(hear(healthy(1), slowDown, 0), unwell, 1);
    health = hear(takeProbe(health, 'me', 5_000, 2_000), { kind: 'well' }, 2_100);
    expect(health).toMatchObject({ circuit: 'closed', faults: 0, rate: { now: 300 } });
  });

  it('closes when the probe is told to slow down: the server is there', () => {
    const probing = takeProbe(hear(healthy(1), unwell, 0), 'me', 5_000, 2_000);
    expect(hear(probing, slowDown, 2_100)).toMatchObject({ circuit: 'closed', rate: { now: 300 } });
  });
});

describe('the rate of a server', () => {
  it('is halved each time it asks for fewer mails, never below one a minute', () => {
    let health = healthy(1);
    const rates: (number | undefined)[] = [];
    for (let i = 0; i < 12; i += 1) {
      health = hear(health, slowDown, i * 10_000);
      rates.push(allowedRate(health, limits));
    }
    expect(rates).toEqual([300, 150, 75, 37, 18, 9, 4, 2, 1, 1, 1, 1]);
  });

  it('rises again slowly, and is what is configured after ten minutes', () => {
    const health = hear(healthy(1), slowDown, 0);
    const rateAt = (minutes: number) => allowedRate(at(health, minutes * 60_000), limits);
    expect([0, 1, 5, 9, 10].map(rateAt)).toEqual([300, 330, 450, 570, 600]);
    expect(at(health, 600_000).rate).toBeUndefined();
  });

  it('starts from a mail a second for each connection where none is configured and hardly any was sent', () => {
    const free = { settingsVersion: 1, messagesPerMinute: undefined, maxConnections: 10, quotas: [] };
    const quiet = { sentPerMinute: 3, connections: 10 };
    const health = hearNews(healthy(1), 'me', { ...free, news: slowDown }, quiet, 0, 0);
    expect(health.rate).toMatchObject({ now: 300, target: 600 });
  });

  it('rises to twice what was measured where none is configured, and is unlimited then', () => {
    const free = { messagesPerMinute: undefined };
    const health = hear(healthy(1), slowDown, 0, free);
    const rateAt = (minutes: number) =>
      allowedRate(at(health, minutes * 60_000, free), { ...limits, ...free });
    expect([0, 10, 29, 30].map(rateAt)).toEqual([300, 600, 1170, undefined]);
  });

  it('is the same however often it is looked at', () => {
    let health = hear(healthy(1), slowDown, 0);
    const once = at(health, 300_000);
    for (let now = 0; now <= 300_000; now += 700) health = at(health, now);
    expect(at(health, 300_000)).toEqual(once);
  });
});

describe('the connections of a server', () => {
  it('are halved when there are too many, and one more each minute', () => {
    const health = hear(healthy(1), tooMany, 0);
    const connectionsAt = (minutes: number) => allowedConnections(at(health, minutes * 60_000), limits);
    expect([0, 1, 4, 5].map(connectionsAt)).toEqual([5, 6, 9, 10]);
    expect(at(health, 300_000).connections).toBeUndefined();
  });
});
