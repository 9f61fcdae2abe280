import { InMemoryClaimStore } from '../port/claim-store.memory.js';
import { ClaimCheck } from './claim-check.js';

describe('ClaimCheck', () => {
  const store = new InMemoryClaimStore();
  const claims = new ClaimCheck(store, { inlineBytes: 10, maxBytes: 100 });

  it('is due above the limit of what travels inline', () => {
    expect([claims.isDue(10), claims.isDue(11)]).toEqual([false, true]);
  });

  it('gives back what was left', async () => {
    const reference = await claims.leave(Buffer.from('a body that is longer'));
    expect((await claims.collect(reference)).toString()).toBe('a body that is longer');
  });

  it('leaves and collects nothing above its limit', async () => {
    await expect(claims.leave(Buffer.alloc(101))).rejects.toMatchObject({ code: 'messaging.body-too-large' });
    const reference = await new ClaimCheck(store).leave(Buffer.alloc(101));
    await expect(claims.collect(reference)).rejects.toMatchObject({ code: 'messaging.body-too-large' });
  });

  it('refuses bytes that are not those that were left, and references that are none', async () => {
    const reference = await claims.leave(Buffer.from('original bytes'));
    const { key } = JSON.parse(reference.toString()) as { key: string };
    store.claims.set(key, Buffer.from('changed bytes!'));
    await expect(claims.collect(reference)).rejects.toMatchObject({ code: 'messaging.claim-damaged' });
    store.claims.delete(key);
    await expect(claims.collect(reference)).rejects.toMatchObject({ name: 'Refusal', kind: 'not-found' });
    await expect(claims.collect(Buffer.from('{}'))).rejects.toMatchObject({
      code: 'messaging.invalid-claim',
    });
  });
});
