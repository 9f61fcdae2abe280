type Method = (...given: unknown[]) => unknown;

/**
 * A port that waits for the world before each call, while it is on its way, and after it, while its answer is. Between
 * the two the fake does its work at once: as a transaction that commits.
 */
export function stepped<Port extends object>(
  port: Port,
  name: string,
  step: (name: string) => Promise<void>,
  isReading: (method: string) => boolean = () => false,
): Port {
  return new Proxy(port, {
    get(target, property) {
      const method: unknown = Reflect.get(target, property);
      if (typeof method !== 'function' || typeof property !== 'string') return method;
      return async (...given: unknown[]): Promise<unknown> => {
        const [first] = given;
        if (Array.isArray(first) && first.length === 0) return (method as Method).apply(target, given);
        await step(`${name}.${property}`);
        const answer = await (method as Method).apply(target, given);
        // What only read, or did nothing, may be late as well; but nothing is lost with its answer.
        if (!isReading(property) && answer !== 0) await step(`${name}.${property} done`);
        return answer;
      };
    },
  });
}
