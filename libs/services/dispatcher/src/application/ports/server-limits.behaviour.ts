import type { LimitRequest, ServerLimits } from './server-limits.port.js';
import { newId } from '../../testing/mail-to-accept.builder.js';

const leaseMs = 60_000;
const [first, second] = [
  '00000000-0000-4000-8000-000000000001',
  '00000000-0000-4000-8000-000000000002',
] as const;
const reply = { code: 'smtp.connection-refused', stage: 'connect' };

/** What replicas may rely on when they share a mail server. */
export function serverLimitsBehaviour(name: string, open: () => ServerLimits): void {
  describe(`limits of mail servers: ${name}`, () => {
    let limits: ServerLimits;
    let tenantId: string;
    beforeEach(() => {
      limits = open();
      tenantId = newId();
    });

    const ask = async (holder: string, changes: Partial<LimitRequest> = {}, lease = leaseMs) => {
      const request: LimitRequest = {
        tenantId,
        serverKey: 'main',
        settingsVersion: 1,
        messagesPerMinute: undefined,
        maxConnections: 10,
        wantedConnections: 10,
        openConnections: 0,
        wantedSlots: 0,
        ...changes,
      };
      const [grant] = await limits.renew(holder, lease, [request]);
      return grant!;
    };

    it('gives one replica all connections', async () => {
      expect(await ask(first)).toMatchObject({ connections: 10, pausedMs: 0, faults: 0 });
    });

    it('never gives more than there are, and evens out as connections close', async () => {
      await ask(first);
      expect((await ask(second)).connections).toBe(0);
      expect((await ask(first, { openConnections: 8 })).connections).toBe(5);
      expect((await ask(second)).connections).toBe(2);
      expect((await ask(first, { openConnections: 5 })).connections).toBe(5);
      expect((await ask(second)).connections).toBe(5);
    });

    it('takes back what a replica held whose lease ended', async () => {
      await ask(first, {}, -1);
      expect((await ask(second)).connections).toBe(10);
    });

    it('takes back what a replica gives back', async () => {
      await ask(first);
      await limits.release(first, [{ tenantId, serverKey: 'main' }]);
      expect((await ask(second)).connections).toBe(10);
    });

    it('gives each moment of the rate to one replica only', async () => {
      const rate = { messagesPerMinute: 600, wantedSlots: 10 };
      const { slots: mine } = await ask(first, { ...rate, wantedConnections: 5 });
      const { slots: theirs } = await ask(second, rate);
      expect(mine.count).toBe(10);
      expect(mine.intervalMs).toBeGreaterThan(100);
      expect(mine.intervalMs).toBeLessThan(102);
      const end = mine.startsInMs + mine.count * mine.intervalMs;
      // Less the time between the two questions.
      expect(theirs.startsInMs).toBeLessThanOrEqual(end + 1);
      expect(theirs.startsInMs).toBeGreaterThanOrEqual(0);
    });

    it('gives no moments to one without a connection', async () => {
      const rate = { messagesPerMinute: 600, wantedSlots: 10, maxConnections: 1 };
      expect((await ask(first, rate)).slots.count).toBe(10);
      expect(await ask(second, rate)).toMatchObject({ connections: 0, slots: { count: 0 } });
    });

    it('gives no moments where the rate is unlimited', async () => {
      expect((await ask(first, { wantedSlots: 5 })).slots.count).toBe(0);
    });

    it('leaves a server alone that failed, for all, and then lets one connection probe', async () => {
      await ask(first);
      await limits.reportFault({ tenantId, serverKey: 'main' }, reply, 60_000);
      const paused = await ask(second);
      expect(paused).toMatchObject({ connections: 0, faults: 1, pauseReply: reply });
      expect(paused.pausedMs).toBeGreaterThan(20_000);
    });

    it('counts the same fault of many connections once', async () => {
      await ask(first);
      for (let i = 0; i < 5; i += 1) {
        await limits.reportFault({ tenantId, serverKey: 'main' }, reply, 60_000);
      }
      expect((await ask(first)).faults).toBe(1);
    });

    it('lets one connection probe when the pause is over, and all when it did well', async () => {
      await ask(first);
      await limits.reportFault({ tenantId, serverKey: 'main' }, reply, 0);
      expect((await ask(first)).connections).toBe(1);
      expect((await ask(second)).connections).toBe(0);
      await limits.reportWell({ tenantId, serverKey: 'main' });
      expect((await ask(first)).connections).toBeGreaterThanOrEqual(5);
    });

    it('ends the pause when the settings change', async () => {
      await ask(first);
      await limits.reportFault({ tenantId, serverKey: 'main' }, reply, 60_000);
      expect(await ask(first, { settingsVersion: 2 })).toMatchObject({
        connections: 10,
        pausedMs: 0,
        faults: 0,
        pauseReply: undefined,
      });
    });

    it('keeps servers apart', async () => {
      await ask(first);
      await limits.reportFault({ tenantId, serverKey: 'main' }, reply, 60_000);
      expect((await ask(first, { serverKey: 'other' })).connections).toBe(10);
    });
  });
}
