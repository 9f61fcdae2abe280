import { wholeInstallation } from '../../domain/hold.js';
import { newId } from '../../testing/mail-to-accept.builder.js';
import type { Epochs } from './epochs.port.js';
import type { Holds } from './holds.port.js';

/** What keeps holds and the epoch promises, whoever it is. Both are empty at first. */
export function holdsBehaviour(name: string, open: () => { holds: Holds; epochs: Epochs }): void {
  describe(`holds and epoch: ${name}`, () => {
    const operator = { scope: wholeInstallation, reason: 'operator', note: 'wrong logo' } as const;
    const restored = { scope: wholeInstallation, reason: 'restored', note: undefined } as const;

    it('keeps one hold for each scope until it is removed', async () => {
      const { holds } = open();
      const tenantId = newId();
      await holds.put(operator);
      await holds.put({ scope: tenantId, reason: 'operator', note: undefined });
      await holds.put({ ...operator, note: 'another' });
      const listed = await holds.list();
      expect(listed).toHaveLength(2);
      expect(listed).toContainEqual({ ...operator, since: expect.any(Date) });
      expect(await holds.remove(tenantId)).toBe(true);
      expect(await holds.remove(tenantId)).toBe(false);
      expect(await holds.remove(wholeInstallation)).toBe(true);
      expect(await holds.list()).toEqual([]);
    });

    it('lets a restore replace what an operator said, and not the other way round', async () => {
      const { holds } = open();
      await holds.put(operator);
      await holds.put(restored);
      await holds.put(operator);
      expect(await holds.list()).toMatchObject([restored]);
      await holds.remove(wholeInstallation);
    });

    it('raises the epoch no more often than asked, once for all who ask, and never lowers it', async () => {
      const { epochs } = open();
      expect(await epochs.current()).toBe(0);
      const raised = await Promise.all([epochs.raise(60_000), epochs.raise(60_000), epochs.raise(60_000)]);
      expect(raised.filter((epoch) => epoch !== undefined)).toEqual([1]);
      expect(await epochs.raise(-1000)).toBe(2);
      await epochs.goOnFrom(10);
      await epochs.goOnFrom(3);
      expect(await epochs.current()).toBe(10);
    });
  });
}
