import { jest } from '@jest/globals';
import type { Caller, RouteClient } from '@mailrun/platform-http';
import { knownKeysBehaviour } from '../../application/ports/known-keys.behaviour.js';
import { HttpKnownKeys } from './known-keys.http.js';

/** Answers as the definitions service does, and counts. */
function standIn() {
  const sets = new Map<string, object>();
  const asked: string[] = [];
  const client = {
    call: (_route: unknown, { tenantId }: Caller) => {
      asked.push(tenantId);
      return Promise.resolve(sets.get(tenantId));
    },
  };
  return { sets, asked, keys: new HttpKnownKeys(client as unknown as RouteClient) };
}

knownKeysBehaviour('over HTTP', () => {
  const { sets, keys } = standIn();
  return Promise.resolve({ keys, know: (tenantId, given) => void sets.set(tenantId, given) });
});

describe('HttpKnownKeys', () => {
  const tenantId = '01900000-0000-7000-8000-000000000001';
  afterEach(() => jest.useRealTimers());

  it('asks once in five seconds for keys that it knows, and never for none', async () => {
    jest.useFakeTimers();
    const { sets, asked, keys } = standIn();
    sets.set(tenantId, { recipientKeys: ['A'], passwordKeys: [], transformationKeys: [] });
    await keys.lookUp(tenantId, {});
    expect(asked).toHaveLength(0);
    for (let i = 0; i < 3; i += 1) await keys.lookUp(tenantId, { recipientKeys: ['A'] });
    expect(asked).toHaveLength(1);
    jest.advanceTimersByTime(5_001);
    await keys.lookUp(tenantId, { recipientKeys: ['A'] });
    expect(asked).toHaveLength(2);
  });
});
