import { replayableUntil, replayedHeaders, replaysOf } from './replay.js';

const failedAt = '2026-01-10T12:00:00.000Z';
const until = (headers: Record<string, string>, died = failedAt) =>
  replayableUntil({ headers, failedAt: died }).toISOString();

describe('a replayed record', () => {
  it('is fed anew, and is otherwise what it was', () => {
    const headers = { 'tenant-id': 't', 'fed-at': '2026-01-01T00:00:00.000Z', 'produced-at': failedAt };
    expect(replayedHeaders(headers, new Date('2026-01-11T00:00:00.000Z'))).toEqual({
      'tenant-id': 't',
      'fed-at': '2026-01-11T00:00:00.000Z',
      'produced-at': failedAt,
      replays: '1',
    });
  });

  it('that was never fed is not fed by a replay', () => {
    expect(replayedHeaders({}, new Date())).toEqual({ replays: '1' });
  });

  it('counts its replays, whatever its header says', () => {
    expect(replayedHeaders({ replays: '2' }, new Date())).toEqual({ replays: '3' });
    expect(['x', '-1', '1.5', '9'.repeat(30)].map((replays) => replaysOf({ replays }))).toEqual([0, 0, 0, 0]);
  });

  it('is replayed for three days after it was produced', () => {
    expect(until({ 'produced-at': '2026-01-10T00:00:00.000Z' })).toBe('2026-01-13T00:00:00.000Z');
  });

  it.each(['', 'yesterday', '2099-01-01T00:00:00.000Z'])(
    'is replayed for three days after it died where its time can not be (%j)',
    (produced) => {
      expect(until({ 'produced-at': produced })).toBe('2026-01-13T12:00:00.000Z');
    },
  );

  it('without any time is not replayed', () => {
    expect(until({}, '')).toBe('1970-01-04T00:00:00.000Z');
    expect(until({}, '+275760-09-13T00:00:00.000Z')).toBe('+275760-09-13T00:00:00.000Z');
  });
});
