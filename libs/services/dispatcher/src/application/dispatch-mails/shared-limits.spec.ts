import { jest } from '@jest/globals';
import type { ServerSettings } from '../../domain/server-settings.js';
import { Replicas } from '../../testing/replicas.js';

jest.setTimeout(60_000);

const minuteMs = 60_000;
let replicas: Replicas;
let startedAt: number;

beforeEach(() => {
  jest.useFakeTimers({ now: 1_800_000_000_000, doNotFake: ['nextTick', 'queueMicrotask'] });
  startedAt = Date.now();
});
afterEach(async () => {
  const stopping = replicas.stop();
  await jest.advanceTimersByTimeAsync(minuteMs);
  await stopping;
  jest.useRealTimers();
});

async function start(
  count: number,
  settings: Partial<ServerSettings> = {},
  { mails = 500, seed = 1 } = {},
): Promise<void> {
  replicas = new Replicas(settings, seed);
  await replicas.feed(mails);
  replicas.start(count);
}
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
/** Since the start, in seconds. */
const now = () => (Date.now() - startedAt) / 1000;
/** The fewest mails in a minute that begins in this time, looking every second. */
function fewestInMinute(fromSecond: number, toSecond: number): number {
  let fewest = Infinity;
  for (let second = fromSecond; second + 60 <= toSecond; second += 1) {
    const from = startedAt + second * 1000;
    fewest = Math.min(fewest, replicas.server.countBetween(from, from + minuteMs));
  }
  return fewest;
}

/** Enough that nobody ever runs out of mails. */
const mailsFor = (messagesPerMinute: number, minutes: number) => Math.ceil(messagesPerMinute * minutes) + 100;

describe.each([30, 1_200])('a limit of %d mails a minute', (messagesPerMinute) => {
  it.each([1, 2, 4])('is never exceeded and used to 98 %% by %d replicas', async (count) => {
    await start(count, { messagesPerMinute }, { mails: mailsFor(messagesPerMinute, 1.5) });
    await pass(90_000);
    const { server } = replicas;
    expect(server.mostWithin(minuteMs)).toBeLessThanOrEqual(messagesPerMinute);
    expect(fewestInMinute(10, 90)).toBeGreaterThanOrEqual(0.98 * messagesPerMinute - 1);
    expect(server.mostOpen).toBeLessThanOrEqual(8);
  });

  it('is used in full again ten seconds after one of four replicas was killed, and never exceeded', async () => {
    await start(4, { messagesPerMinute }, { mails: mailsFor(messagesPerMinute, 1.8), seed: 7 });
    await pass(30_000);
    replicas.kill(1);
    const killedAt = now();
    await pass(75_000);
    expect(replicas.server.mostWithin(minuteMs)).toBeLessThanOrEqual(messagesPerMinute);
    expect(fewestInMinute(killedAt + 10, killedAt + 75)).toBeGreaterThanOrEqual(0.98 * messagesPerMinute - 1);
    expect(replicas.server.mostOpen).toBeLessThanOrEqual(8);
  });

  it('loses less than a quarter of a second of it when a replica comes', async () => {
    await start(1, { messagesPerMinute }, { mails: mailsFor(messagesPerMinute, 1), seed: 11 });
    await pass(20_000);
    replicas.start(1);
    const came = Date.now();
    await pass(30_000);
    const perSecond = (0.985 * messagesPerMinute) / 60;
    expect(replicas.server.countBetween(came, came + 30_000)).toBeGreaterThanOrEqual(29.75 * perSecond - 1);
    expect(replicas.server.mostWithin(minuteMs)).toBeLessThanOrEqual(messagesPerMinute);
  });

  it('is never exceeded while replicas come', async () => {
    await start(1, { messagesPerMinute }, { mails: mailsFor(messagesPerMinute, 1.8), seed: 3 });
    await pass(20_000);
    replicas.start(1);
    await pass(10_000);
    replicas.start(2);
    await pass(75_000);
    expect(replicas.server.mostWithin(minuteMs)).toBeLessThanOrEqual(messagesPerMinute);
    expect(fewestInMinute(40, 105)).toBeGreaterThanOrEqual(0.98 * messagesPerMinute - 1);
  });
});

it('a quota is never exceeded by four replicas, nor when one of them is killed', async () => {
  await start(4, { quotas: [{ count: 'messages', per: 'minute', max: 60 }] });
  await pass(70_000);
  replicas.kill(2);
  await pass(130_000);
  expect(replicas.server.mostWithin(minuteMs)).toBeLessThanOrEqual(60);
  expect(replicas.server.mails.length).toBeGreaterThanOrEqual(3 * 58);
  const [use] = await replicas.limits.use(replicas.tenantId, ['main']);
  expect(use!.usedUpUntil!.getTime()).toBeGreaterThan(Date.now() - minuteMs);
});

it('one connection for four replicas is one connection, and gets the whole rate', async () => {
  await start(4, { messagesPerMinute: 600, maxConnections: 1 }, { mails: 900 });
  await pass(80_000);
  expect(replicas.server.mostOpen).toBe(1);
  expect(replicas.server.mostWithin(minuteMs)).toBeLessThanOrEqual(600);
  expect(fewestInMinute(10, 80)).toBeGreaterThanOrEqual(0.98 * 600 - 1);
});

describe('two servers of one limit group', () => {
  const messagesPerMinute = 600;
  const settings = { messagesPerMinute, maxConnections: 8, limitGroup: 'provider' };
  const startBoth = async (count: number, mails: { main: number; other: number }, changes = {}) => {
    replicas = new Replicas({ ...settings, ...changes });
    await replicas.feed(mails.main, 'main');
    await replicas.feed(mails.other, 'other');
    replicas.start(count);
  };
  const sentOver = (serverKey: string) =>
    [...replicas.ledger.rows.values()].filter(
      ({ state, sealed }) => state === 'sent' && sealed?.serverKey === serverKey,
    ).length;

  it.each([1, 2, 4])(
    'are together what one would be, for %d replicas, and one goes on alone',
    async (count) => {
      await startBoth(count, { main: 600, other: 150 });
      await pass(20_000);
      expect(sentOver('other')).toBeGreaterThan(65);
      expect(sentOver('main')).toBeGreaterThan(65);
      await pass(50_000);
      const { server } = replicas;
      expect(server.mostWithin(minuteMs)).toBeLessThanOrEqual(messagesPerMinute);
      expect(server.mostOpen).toBeLessThanOrEqual(8);
      expect(sentOver('other')).toBe(150);
      expect(fewestInMinute(10, 70)).toBeGreaterThanOrEqual(0.95 * messagesPerMinute);
    },
  );

  it('take turns over a single connection', async () => {
    await startBoth(2, { main: 1_500, other: 1_500 }, { maxConnections: 1 });
    await pass(3 * minuteMs);
    expect(replicas.server.mostOpen).toBe(1);
    expect(sentOver('main')).toBeGreaterThan(300);
    expect(sentOver('other')).toBeGreaterThan(300);
  });
});

describe('a replica that is told to end', () => {
  it('hands its share of the rate over at once', async () => {
    await start(2, { messagesPerMinute: 1_200 }, { mails: 1_300 });
    await pass(20_000);
    const from = Date.now();
    const ended = replicas.end(0);
    await pass(30_000);
    await ended;
    const perSecond = (0.985 * 1_200) / 60;
    expect(replicas.server.countBetween(from, from + 30_000)).toBeGreaterThanOrEqual(29 * perSecond);
    expect(replicas.server.mostWithin(minuteMs)).toBeLessThanOrEqual(1_200);
  });

  it('keeps the connections that it still has, however long their conversations take', async () => {
    await start(2, { maxConnections: 4 });
    await pass(5_000);
    const { server } = replicas;
    server.answerMs = 30_000;
    await pass(2_000);
    const ended = replicas.end(0);
    await pass(20_000);
    expect(server.open).toBe(4);
    await pass(20_000);
    await ended;
    expect(server.open).toBe(4);
    expect(server.mostOpen).toBe(4);
  });
});

it('connections of a killed replica serve the others within ten seconds', async () => {
  await start(2, { maxConnections: 8 }, { mails: 1_000 });
  replicas.server.answerMs = 500;
  await pass(20_000);
  replicas.kill(0);
  await pass(10_000);
  expect(replicas.server.open).toBe(8);
  expect(replicas.server.mostOpen).toBe(8);
});

describe('a server that is away', () => {
  it('is probed by one connection at a time of all replicas, every few seconds, and mails go on within ten', async () => {
    await start(4, {}, { mails: 1_000 });
    await pass(2_000);
    const { server } = replicas;
    server.isAway = true;
    await pass(3 * minuteMs);
    const attempts = server.attempts.filter(({ at }) => at > startedAt + 30_000);
    expect(attempts.every(({ isProbe }) => isProbe)).toBe(true);
    // Every five to six seconds, and a little for looking.
    expect(attempts.length).toBeLessThan(3 * 12);
    expect(attempts.length).toBeGreaterThan(2.5 * 8);
    const gaps = attempts.slice(1).map(({ at }, i) => at - attempts[i]!.at);
    expect(Math.min(...gaps)).toBeGreaterThan(4_900);
    const sent = server.mails.length;
    server.isAway = false;
    await pass(10_000);
    expect(server.mails.length).toBeGreaterThan(sent + 100);
    // The try that sent it counts, none before.
    expect([...replicas.ledger.rows.values()].every(({ retries }) => retries <= 1)).toBe(true);
  });

  it('gets the last few mails too, whichever replica holds them', async () => {
    await start(4, {}, { mails: 3, seed: 5 });
    const { server } = replicas;
    server.isAway = true;
    await pass(minuteMs);
    server.isAway = false;
    await pass(10_000);
    expect(server.mails).toHaveLength(3);
  });

  it('is probed with one mail only', async () => {
    await start(4);
    const { server } = replicas;
    server.isAway = true;
    await pass(minuteMs);
    server.isAway = false;
    server.answerMs = 30_000;
    await pass(20_000);
    expect(server.mails).toHaveLength(1);
    expect(server.open).toBe(1);
    server.answerMs = 40;
    await pass(20_000);
    expect(server.mails.length).toBeGreaterThan(100);
  });

  it('that answers 421 to every mail gets one every few seconds, and no mail’s tries are counted before its end', async () => {
    await start(4, {}, { mails: 1_000 });
    const { server } = replicas;
    await pass(2_000);
    server.answer = () => ({ smtpCode: 421, enhancedCode: '4.3.2', text: 'Shutting down' });
    await pass(10_000);
    const before = server.mails.length;
    await pass(minuteMs);
    expect(server.mails.length - before).toBeLessThanOrEqual(14);
    server.answer = undefined;
    await pass(10_000);
    expect(server.mails.length - before).toBeGreaterThan(100);
  });
});

describe('a server that refuses the password', () => {
  const right = { user: 'u', password: 'right' };

  it('is left alone for minutes, keeps its mails, and gets them seconds after the password is corrected', async () => {
    await start(4, { credentials: { user: 'u', password: 'wrong' } });
    const { server } = replicas;
    server.login = ({ credentials }) =>
      credentials?.password === 'right' ? undefined : { smtpCode: 535, enhancedCode: '5.7.8', text: 'no' };
    await pass(minuteMs);
    const first = server.attempts.length;
    await pass(6 * minuteMs);
    expect(server.attempts.length - first).toBeLessThanOrEqual(2);
    expect(replicas.countOf('accepted') + replicas.countOf('claimed')).toBe(500);
    replicas.configure({ credentials: right });
    await pass(5_000);
    expect(server.mails.length).toBeGreaterThan(100);
  });
});

describe('a server that asks for fewer mails', () => {
  it('gets fewer at once, and slowly more again', async () => {
    await start(2, { messagesPerMinute: 600 }, { mails: 2_600 });
    const { server } = replicas;
    await pass(20_000);
    server.answer = () => ({ smtpCode: 451, enhancedCode: '4.7.28', text: 'unusual rate' });
    await pass(3_000);
    server.answer = undefined;
    await pass(10_000);
    const rateOf = async (ms: number) => {
      const before = server.mails.length;
      await pass(ms);
      return ((server.mails.length - before) * minuteMs) / ms;
    };
    const slow = await rateOf(20_000);
    expect(slow).toBeGreaterThan(200);
    expect(slow).toBeLessThan(330);
    const [use] = await replicas.limits.use(replicas.tenantId, ['main']);
    expect(use!.reducedRate).toBeLessThan(330);
    await pass(3 * minuteMs);
    const later = await rateOf(20_000);
    expect(later).toBeGreaterThan(slow + 60);
    expect(later).toBeLessThan(500);
  });

  it('gets fewer than it was sent where no rate is set', async () => {
    await start(2, { maxConnections: 2 }, { mails: 1_200 });
    const { server } = replicas;
    await pass(15_000);
    const before = server.countBetween(startedAt + 5_000, startedAt + 15_000) * 6;
    server.answer = () => ({ smtpCode: 454, text: 'Throttling failure: Maximum sending rate exceeded.' });
    await pass(1_500);
    server.answer = undefined;
    await pass(5_000);
    const from = Date.now();
    await pass(10_000);
    expect(server.countBetween(from, from + 10_000) * 6).toBeLessThan(0.62 * before);
    expect(server.countBetween(from, from + 10_000) * 6).toBeGreaterThan(0.3 * before);
  });

  it('for fewer connections gets half of them', async () => {
    await start(2, { maxConnections: 8 }, { mails: 1_500 });
    const { server } = replicas;
    server.answerMs = 300;
    await pass(10_000);
    server.login = () =>
      server.open > 5
        ? { smtpCode: 421, enhancedCode: '4.7.0', text: 'Error: too many connections from 192.0.2.7' }
        : undefined;
    replicas.configure({});
    await pass(30_000);
    expect(server.open).toBeLessThanOrEqual(5);
    const [use] = await replicas.limits.use(replicas.tenantId, ['main']);
    expect(use!.reducedConnections).toBeLessThan(8);
    expect(use!.circuit).toBe('closed');
  });
});
