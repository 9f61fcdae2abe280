import { Health } from './health.js';

describe('Health', () => {
  it('is live at once, and ready from bootstrap to shutdown', async () => {
    const health = new Health();
    expect(await health.live()).toEqual({ ok: true, checks: {} });
    expect(await health.ready()).toEqual({
      ok: false,
      checks: { process: { ok: false, detail: 'starting' } },
    });
    health.markServing();
    expect((await health.ready()).ok).toBe(true);
    health.markStopping();
    expect(await health.ready()).toEqual({
      ok: false,
      checks: { process: { ok: false, detail: 'stopping' } },
    });
    expect((await health.live()).ok).toBe(true);
  });

  it('tells live checks from ready checks', async () => {
    const health = new Health();
    health.markServing();
    health.register({ name: 'runs.database', kind: 'ready', check: () => ({ ok: false, detail: 'away' }) });
    health.register({ name: 'runs.bus', kind: 'live', check: () => ({ ok: true }) });
    expect(await health.live()).toEqual({ ok: true, checks: { 'runs.bus': { ok: true } } });
    expect(await health.ready()).toMatchObject({
      ok: false,
      checks: { 'runs.database': { detail: 'away' } },
    });
  });

  it('takes a check that throws or hangs for a failing one', async () => {
    const health = new Health(20);
    health.register({ name: 'throws', kind: 'live', check: () => Promise.reject(new Error('boom')) });
    health.register({ name: 'hangs', kind: 'live', check: () => new Promise(() => undefined) });
    expect(await health.live()).toEqual({
      ok: false,
      checks: { throws: { ok: false, detail: 'boom' }, hangs: { ok: false, detail: 'no answer in 20 ms' } },
    });
  });

  it('refuses two checks of one name', () => {
    const health = new Health();
    const check = { name: 'x', kind: 'live', check: () => ({ ok: true }) } as const;
    health.register(check);
    expect(() => health.register(check)).toThrow("a health check 'x' already");
  });
});
