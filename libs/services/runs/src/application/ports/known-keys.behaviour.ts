import type { KnownKeySets, KnownKeys } from './known-keys.port.js';

export interface KnownKeysHarness {
  readonly keys: KnownKeys;
  /** Changes what the tenant's configuration has. */
  know(tenantId: string, keys: { readonly [Kind in keyof KnownKeySets]: readonly string[] }): void;
}

const one = '01900000-0000-7000-8000-000000000001';
const other = '01900000-0000-7000-8000-000000000002';

export function knownKeysBehaviour(name: string, start: () => Promise<KnownKeysHarness>): void {
  describe(`KnownKeys: ${name}`, () => {
    const sets = (recipientKeys: string[]) => ({
      recipientKeys,
      passwordKeys: ['P'],
      transformationKeys: ['T'],
    });

    it('knows the keys of each tenant, and of no other', async () => {
      const { keys, know } = await start();
      know(one, sets(['Mine']));
      know(other, sets(['Theirs']));
      const found = await keys.lookUp(one, {
        recipientKeys: ['Mine'],
        passwordKeys: ['P'],
        transformationKeys: ['T'],
      });
      expect([...found.recipientKeys, ...found.passwordKeys, ...found.transformationKeys]).toEqual([
        'Mine',
        'P',
        'T',
      ]);
      expect((await keys.lookUp(other, { recipientKeys: ['Mine'] })).recipientKeys.has('Mine')).toBe(false);
    });

    it('finds a key that is new since it was asked last', async () => {
      const { keys, know } = await start();
      know(one, sets(['Old']));
      await keys.lookUp(one, { recipientKeys: ['Old'] });
      know(one, sets(['Old', 'New']));
      expect((await keys.lookUp(one, { recipientKeys: ['New'] })).recipientKeys.has('New')).toBe(true);
    });
  });
}
