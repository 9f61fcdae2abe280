import { messageTypes, type MessageType } from '../index.js';

describe.each((messageTypes as readonly MessageType[]).map((type) => [type.name, type] as const))(
  '%s',
  (_, type) => {
    it('has examples that its own schema takes', () => {
      expect(type.examples.length).toBeGreaterThan(0);
      for (const example of type.examples) expect(type.schema.parse(example)).toEqual(example);
    });

    it('refuses a field that it does not know', () => {
      expect(type.schema.safeParse({ ...(type.examples[0] as object), surprise: 1 }).success).toBe(false);
    });
  },
);
