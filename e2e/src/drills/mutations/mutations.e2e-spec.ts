import { describeWithKafka, describeWithTools } from '@mailrun/testing';
import { jest } from '@jest/globals';
import { Ground } from '../ground/ground.js';
import { mutations, quickMutations } from './index.js';
import { changedText } from './patched-copies.js';
import { playMutation } from './play-mutation.js';

jest.setTimeout(240_000);

describe('Mutations', () => {
  it.each(mutations)('change what was built: $name', async ({ changes }) => {
    for (const [file, ofFile] of Map.groupBy(changes, (change) => change.file))
      await expect(changedText(file, ofFile)).resolves.toEqual(expect.any(String));
  });
});

describeWithTools(['7zz', 'versitygw'], 'Drills', () => {
  describeWithKafka('notice that', () => {
    let ground: Ground | undefined;
    beforeAll(async () => {
      ground = await Ground.start('mutations');
    });
    afterAll(() => ground?.stop());

    it.each(quickMutations)('$service $what', async (mutation) => {
      const result = await playMutation(mutation, ground!, 1);
      expect(result).toMatchObject({ isNoticed: true, says: mutation.noticedBy });
    });
  });
});
