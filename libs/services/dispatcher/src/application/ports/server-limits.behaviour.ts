import { eventually } from '@mailrun/platform-messaging/testing';
import { noCredits, type Quota } from '../../domain/quota.js';
import type { ServerNews } from '../../domain/settle-attempt.js';
import { laneCount } from '../../domain/slots.js';
import type { LimitRequest, ServerLimits } from './server-limits.port.js';
import { newId } from '../../testing/mail-to-accept.builder.js';

const leaseMs = 60_000;
const [first, second, third] = [1, 2, 3].map((n) => `00000000-0000-4000-8000-00000000000${n}`) as [
  string,
  string,
  string,
];
const reply = { code: 'smtp.connection-refused', stage: 'connect' };
const unwell: ServerNews = { kind: 'unwell', reply };
const refusedLogin: ServerNews = {
  kind: 'credentials-refused',
  reply: { code: 'smtp.credentials-refused', stage: 'auth' },
};
const slowDown: ServerNews = { kind: 'slow-down', reply: { code: 'smtp.rate-limited', stage: 'after-dot' } };
const tooMany: ServerNews = {
  kind: 'slow-down',
  reply: { code: 'smtp.too-many-connections', stage: 'greeting' },
};

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
        hasWork: true,
        wantedConnections: 10,
        openConnections: 0,
        heldLanes: [],
        sentPerMinute: 0,
        quotas: [],
        unusedCredits: noCredits,
        wantedCredits: { messages: 10, recipients: 20 },
        ...changes,
      };
      const [grant] = await limits.renew(holder, lease, [request]);
      return grant!;
    };
    const report = (
      holder: string,
      news: ServerNews,
      { settingsVersion = 1, messagesPerMinute = undefined as number | undefined } = {},
    ) =>
      limits.report(
        holder,
        { tenantId, serverKey: 'main' },
        { settingsVersion, messagesPerMinute, maxConnections: 10, quotas: [], news },
      );
    const reportOf = (news: ServerNews) => ({
      settingsVersion: 1,
      messagesPerMinute: undefined,
      maxConnections: 10,
      quotas: [],
      news,
    });
    const untilProbing = async (holder: string, lease = leaseMs) => {
      await eventually(async () => (await ask(holder, {}, lease)).circuit === 'half-open');
    };
    const use = async () => (await limits.use(tenantId, ['main']))[0]!;

    describe('connections', () => {
      it('are all for one replica that is alone', async () => {
        expect(await ask(first)).toMatchObject({ connections: 10, circuit: 'closed', retryInMs: 0 });
      });

      it('are never more than there are, and even out as some close', async () => {
        await ask(first);
        expect((await ask(second)).connections).toBe(0);
        expect((await ask(first, { openConnections: 8 })).connections).toBe(5);
        expect((await ask(second)).connections).toBe(2);
        expect((await ask(first, { openConnections: 5 })).connections).toBe(5);
        expect((await ask(second)).connections).toBe(5);
      });

      it('come back from a replica whose lease ended', async () => {
        await ask(first, {}, -1);
        expect((await ask(second)).connections).toBe(10);
      });

      it('come back from a replica that gives them back', async () => {
        await ask(first);
        await limits.release(first, [{ tenantId, serverKey: 'main' }]);
        expect((await ask(second)).connections).toBe(10);
      });

      it('of one server have nothing to do with those of another', async () => {
        await ask(first);
        await report(first, unwell);
        expect((await ask(first, { serverKey: 'other' })).connections).toBe(10);
      });
    });

    describe('a limited rate', () => {
      const rate = { messagesPerMinute: 600 };

      it('is all for one replica that is alone', async () => {
        const { slots } = await ask(first, rate);
        expect(slots!.lanes).toHaveLength(laneCount);
        expect(slots!.intervalMs).toBeGreaterThan(100);
        expect(slots!.intervalMs).toBeLessThan(102);
      });

      it('gives no lane to two, also while one hands some over', async () => {
        const one = await ask(first, { ...rate, openConnections: 5, wantedConnections: 5 });
        expect((await ask(second, rate)).slots!.lanes).toEqual([]);
        const kept = await ask(first, { ...rate, openConnections: 5, heldLanes: one.slots!.lanes });
        expect(kept.slots!.lanes).toHaveLength(laneCount / 2);
        // Until the first one says that it uses fewer, it may still use them.
        expect((await ask(second, rate)).slots!.lanes).toEqual([]);
        await ask(first, { ...rate, openConnections: 5, heldLanes: kept.slots!.lanes });
        const other = await ask(second, rate);
        expect([...other.slots!.lanes, ...kept.slots!.lanes].toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: laneCount }, (_, lane) => lane),
        );
      });

      it('tells the one who comes that it gets more as soon as the other has given it up', async () => {
        const six = { ...rate, openConnections: 5, wantedConnections: 5 };
        const one = await ask(first, six);
        expect(one.isShort).toBe(false);
        expect((await ask(second, rate)).isShort).toBe(true);
        const kept = await ask(first, { ...six, heldLanes: one.slots!.lanes });
        expect(kept.isShort).toBe(false);
        await ask(first, { ...six, heldLanes: kept.slots!.lanes });
        expect((await ask(second, rate)).isShort).toBe(false);
      });

      it('keeps to the lanes that a replica has', async () => {
        const { slots } = await ask(first, rate);
        expect((await ask(first, { ...rate, heldLanes: slots!.lanes })).slots!.lanes).toEqual(slots!.lanes);
      });

      it('gives no lane to one without a connection, or without work', async () => {
        const single = { ...rate, maxConnections: 1 };
        expect((await ask(first, single)).slots!.lanes).toHaveLength(laneCount);
        expect(await ask(second, single)).toMatchObject({ connections: 0, slots: { lanes: [] } });
        await ask(first, { ...single, hasWork: false, openConnections: 1 });
        expect((await ask(second, { ...rate, maxConnections: 2 })).slots!.lanes).toHaveLength(laneCount);
      });

      it('is free again when the lease of its holder ended', async () => {
        await ask(first, rate, -1);
        expect((await ask(second, rate)).slots!.lanes).toHaveLength(laneCount);
      });

      it('needs no moments where it is unlimited', async () => {
        expect((await ask(first)).slots).toBeUndefined();
      });
    });

    describe('a limit group', () => {
      const rate = { messagesPerMinute: 600, limitGroup: 'provider' };

      it('has one rate and one set of connections for all its servers', async () => {
        const one = await ask(first, { ...rate, wantedConnections: 6 });
        expect(one).toMatchObject({ connections: 6 });
        const kept = { ...rate, openConnections: 6, wantedConnections: 6, heldLanes: one.slots!.lanes };
        const none = await ask(first, { ...rate, serverKey: 'other' });
        expect(none).toMatchObject({ connections: 4, slots: { lanes: [] } });
        const fewer = await ask(first, kept);
        expect(fewer.connections).toBe(5);
        await ask(first, { ...kept, openConnections: 5, heldLanes: fewer.slots!.lanes });
        const other = await ask(first, { ...rate, serverKey: 'other', openConnections: 4 });
        expect(other.connections).toBe(5);
        expect([...fewer.slots!.lanes, ...other.slots!.lanes].toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: laneCount }, (_, lane) => lane),
        );
      });

      it('shares with no server outside of it', async () => {
        await ask(first, rate);
        expect(await ask(second, { ...rate, serverKey: 'x', limitGroup: 'another' })).toMatchObject({
          connections: 10,
        });
        expect(await ask(second, { serverKey: 'y' })).toMatchObject({ connections: 10 });
        expect(await ask(second, { ...rate, tenantId: newId() })).toMatchObject({ connections: 10 });
      });

      it('gets back what a server held that another replica knows outside of it still', async () => {
        await ask(first, { wantedConnections: 7 });
        expect((await ask(second, rate)).connections).toBe(3);
      });

      it('leaves each server its own circuit, and its share to the others while it is open', async () => {
        await ask(first, rate);
        await limits.report(first, { tenantId, serverKey: 'main', limitGroup: 'provider' }, reportOf(unwell));
        await ask(first, rate);
        expect(await ask(first, { ...rate, serverKey: 'other' })).toMatchObject({
          circuit: 'closed',
          connections: 10,
        });
        expect((await use()).circuit).toBe('open');
      });

      it('is slowed down as a whole, and its quotas are used up by all', async () => {
        const quotas: Quota[] = [{ count: 'messages', per: 'hour', max: 12 }];
        await ask(first, { ...rate, quotas, sentPerMinute: 590, wantedConnections: 5 });
        await limits.report(
          first,
          { tenantId, serverKey: 'main', limitGroup: 'provider' },
          { ...reportOf(slowDown), messagesPerMinute: 600 },
        );
        const other = await ask(first, { ...rate, quotas, serverKey: 'other' });
        expect(60_000 / other.slots!.intervalMs).toBeLessThan(300);
        expect(other.credits.messages).toBeLessThanOrEqual(2);
        const both = await limits.use(tenantId, ['main', 'other']);
        expect(both.map(({ reducedRate }) => reducedRate)).toEqual([295, 295]);
      });
    });

    describe('the circuit', () => {
      it('opens for all when one replica finds the server unwell', async () => {
        await ask(first);
        expect(await report(first, unwell)).toEqual({ before: 'closed', after: 'open' });
        const grant = await ask(second);
        expect(grant).toMatchObject({ circuit: 'open', connections: 0, cause: reply });
        expect(grant.retryInMs).toBeGreaterThan(500);
        expect(grant.retryInMs).toBeLessThan(1_300);
      });

      it('opens once for one fault of many connections', async () => {
        await ask(first);
        for (let i = 0; i < 5; i += 1) await report(i % 2 ? first : second, unwell);
        expect((await use()).faults).toBe(1);
      });

      it('lets exactly one of all replicas probe when the pause is over', async () => {
        await ask(first);
        await report(first, unwell);
        // It gives its connections back: nobody may have more than there are.
        expect((await ask(first)).connections).toBe(0);
        await untilProbing(second);
        const grants = await Promise.all([first, second, third, second].map((holder) => ask(holder)));
        expect(grants.map(({ connections }) => connections)).toEqual([0, 1, 0, 1]);
        expect(grants.map(({ circuit }) => circuit)).toEqual(Array(4).fill('half-open'));
      });

      it('closes when the probe did well, and only the probe decides', async () => {
        await ask(first);
        await report(first, unwell);
        await untilProbing(first);
        expect((await report(second, { kind: 'well' })).after).toBe('half-open');
        expect((await report(second, unwell)).after).toBe('half-open');
        expect((await report(first, { kind: 'well' })).after).toBe('closed');
        expect(await ask(first)).toMatchObject({ circuit: 'closed', connections: 10, cause: undefined });
      });

      it('stays open for longer when the probe failed', async () => {
        await ask(first);
        await report(first, unwell);
        await untilProbing(first);
        await report(first, unwell);
        const grant = await ask(first);
        expect(grant.circuit).toBe('open');
        expect(grant.retryInMs).toBeGreaterThan(1_500);
        expect((await use()).faults).toBe(2);
      });

      it('gives the probe to another one when the lease of its holder ended', async () => {
        await ask(first);
        await report(first, unwell);
        await untilProbing(first, -1);
        expect(await ask(second)).toMatchObject({ circuit: 'half-open', connections: 1 });
      });

      it('lets nobody probe who has nothing to send', async () => {
        await ask(first);
        await report(first, unwell);
        await untilProbing(first, -1);
        expect((await ask(second, { hasWork: false, wantedConnections: 0 })).connections).toBe(0);
        expect((await ask(third)).connections).toBe(1);
      });

      it('stays open for minutes after refused credentials, and closes at once with new settings', async () => {
        await ask(first);
        await report(first, refusedLogin);
        expect((await ask(first)).retryInMs).toBeGreaterThan(4 * 60_000);
        expect(await ask(first, { settingsVersion: 2 })).toMatchObject({
          circuit: 'closed',
          connections: 10,
          cause: undefined,
        });
      });

      it('does not open by news of settings that are no more', async () => {
        await ask(first, { settingsVersion: 2 });
        expect((await report(first, refusedLogin, { settingsVersion: 1 })).after).toBe('closed');
      });

      it('is told with cause and times', async () => {
        await ask(first, { sentPerMinute: 30 });
        await report(first, unwell);
        const now = await use();
        expect(now).toMatchObject({ circuit: 'open', cause: reply, faults: 1, sentPerMinute: 30 });
        expect(now.retryAt!.getTime()).toBeGreaterThan(now.openedAt!.getTime());
        expect(await limits.use(tenantId, ['never-used'])).toEqual([]);
      });
    });

    describe('quotas', () => {
      const quotas: Quota[] = [
        { count: 'messages', per: 'hour', max: 12 },
        { count: 'recipients', per: 'day', max: 100 },
      ];

      it('are given out among replicas, never more than there are', async () => {
        expect((await ask(first, { quotas, wantedConnections: 5 })).credits).toEqual({
          messages: 10,
          recipients: 20,
        });
        const held = { messages: 10, recipients: 20 };
        await ask(first, { quotas, wantedConnections: 5, openConnections: 1, unusedCredits: held });
        const second2 = await ask(second, { quotas });
        expect(second2.credits.messages).toBeLessThanOrEqual(2);
        expect((await ask(third, { quotas })).credits.messages).toBeLessThanOrEqual(1);
      });

      it('stay used when the settings change, and when a replica is gone', async () => {
        await ask(first, { quotas, wantedCredits: { messages: 12, recipients: 12 } }, -1);
        const { credits } = await ask(second, { quotas, settingsVersion: 2 });
        expect(credits.messages).toBe(0);
      });

      it('are none where none is set', async () => {
        expect((await ask(first)).credits).toEqual(noCredits);
      });
    });

    describe('a server that asks for fewer', () => {
      it('mails gets half of the rate, from all replicas, and only once for what was on its way', async () => {
        await ask(first, { messagesPerMinute: 600, sentPerMinute: 590 });
        await report(first, slowDown, { messagesPerMinute: 600 });
        await report(second, slowDown, { messagesPerMinute: 600 });
        const { slots } = await ask(second, { messagesPerMinute: 600 });
        expect(60_000 / slots!.intervalMs).toBeGreaterThan(280);
        expect(60_000 / slots!.intervalMs).toBeLessThan(300);
        expect((await use()).reducedRate).toBe(295);
      });

      it('mails gets half of what was sent where no rate is set', async () => {
        await ask(first, { sentPerMinute: 1_000 });
        await ask(second, { sentPerMinute: 200 });
        await report(first, slowDown);
        expect((await use()).reducedRate).toBe(600);
        expect((await ask(first)).slots!.lanes.length).toBeGreaterThan(0);
      });

      it('connections gets half of those', async () => {
        await ask(first);
        await report(first, tooMany);
        expect((await ask(first, { openConnections: 3 })).connections).toBe(5);
        expect((await use()).reducedConnections).toBe(5);
      });
    });
  });
}
