import { retryRolledBack } from './retry-rolled-back.js';

describe('retryRolledBack', () => {
  const failing = (times: number, code: string) => {
    let calls = 0;
    const work = () => {
      calls += 1;
      return calls <= times
        ? Promise.reject(Object.assign(new Error('x'), { code }))
        : Promise.resolve(calls);
    };
    return { work, calls: () => calls };
  };

  it('does again what a deadlock undid, three times at most', async () => {
    expect(await retryRolledBack(failing(2, '40P01').work)).toBe(3);
    const stubborn = failing(9, '40001');
    await expect(retryRolledBack(stubborn.work)).rejects.toMatchObject({ code: '40001' });
    expect(stubborn.calls()).toBe(3);
  });

  it('throws everything else at once', async () => {
    const other = failing(1, '23505');
    await expect(retryRolledBack(other.work)).rejects.toMatchObject({ code: '23505' });
    expect(other.calls()).toBe(1);
  });
});
