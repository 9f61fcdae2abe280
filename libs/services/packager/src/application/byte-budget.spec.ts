import { ByteBudget } from './byte-budget.js';

function controlled() {
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (finish = resolve));
  return { finish, work: () => done };
}

const turn = () => new Promise(setImmediate);

describe('a budget of bytes', () => {
  it('lets work begin while there is room, then in order', async () => {
    const budget = new ByteBudget(100);
    const started: string[] = [];
    const run = (name: string, bytes: number) => {
      const { finish, work } = controlled();
      const result = budget.use(bytes, () => {
        started.push(name);
        return work();
      });
      return { finish, result };
    };
    const [a, b, c, d] = [run('a', 60), run('b', 40), run('c', 80), run('d', 10)];
    await turn();
    expect(started).toEqual(['a', 'b']);
    b.finish();
    await b.result;
    await turn();
    expect(started).toEqual(['a', 'b']);
    a.finish();
    await a.result;
    await turn();
    expect(started).toEqual(['a', 'b', 'c', 'd']);
    c.finish();
    d.finish();
    await Promise.all([c.result, d.result]);
    expect(budget.usedBytes).toBe(0);
  });

  it('gives work that is larger than all of it the whole, alone', async () => {
    const budget = new ByteBudget(100);
    const [large, small] = [controlled(), controlled()];
    let smallStarted = false;
    const first = budget.use(1000, large.work);
    const second = budget.use(1, () => {
      smallStarted = true;
      return small.work();
    });
    await turn();
    expect(smallStarted).toBe(false);
    large.finish();
    await first;
    small.finish();
    await second;
    expect(budget.usedBytes).toBe(0);
  });

  it('is given back by work that fails', async () => {
    const budget = new ByteBudget(100);
    await expect(budget.use(100, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await budget.use(100, async () => 'next')).toBe('next');
  });
});
