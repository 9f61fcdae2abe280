import { sharedLimits } from './limit-groups.js';

describe('the limits of a group', () => {
  const server = { messagesPerMinute: null, maxConnections: 5, limits: [] };

  it('are the lowest of each kind that one of its servers says', () => {
    const hourly = { count: 'messages', per: 'hour' } as const;
    const daily = { count: 'recipients', per: 'day', max: 900 } as const;
    expect(
      sharedLimits([
        { ...server, messagesPerMinute: 60, limits: [{ ...hourly, max: 100 }, daily] },
        { ...server, messagesPerMinute: 30, maxConnections: 8, limits: [{ ...hourly, max: 50 }] },
        server,
      ]),
    ).toEqual({ messagesPerMinute: 30, maxConnections: 5, limits: [{ ...hourly, max: 50 }, daily] });
  });

  it('are none where none of its servers has one', () => {
    expect(sharedLimits([server, server])).toEqual(server);
  });
});
