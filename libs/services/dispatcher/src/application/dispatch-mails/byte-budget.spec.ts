import { ByteBudget } from './byte-budget.js';

it('lets those wait who would take too much, and serves them in order', async () => {
  const budget = new ByteBudget(100);
  const served: string[] = [];
  const first = await budget.take(80);
  const second = budget.take(50).then((giveBack) => (served.push('second'), giveBack));
  const third = budget.take(10).then((giveBack) => (served.push('third'), giveBack));
  expect(budget.isShort(1)).toBe(true);
  first();
  first();
  (await second)();
  (await third)();
  expect(served).toEqual(['second', 'third']);
  expect(budget.isShort(100)).toBe(false);
});

it('gives the whole to what is larger than all', async () => {
  const budget = new ByteBudget(100);
  const giveBack = await budget.take(1000);
  expect(budget.isShort(1)).toBe(true);
  giveBack();
  expect(budget.isShort(1000)).toBe(false);
});
