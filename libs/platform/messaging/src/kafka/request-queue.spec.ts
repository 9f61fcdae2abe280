import { jest } from '@jest/globals';
import { createRequire } from 'node:module';

interface RequestQueue {
  push(request: { entry: { correlationId: number }; expectResponse: boolean; sendRequest: () => void }): void;
  fulfillRequest(response: { correlationId: number; payload: Buffer; size: number }): void;
  maybeThrottle(ms: number): void;
}

const Queue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as new (
  options: object,
) => RequestQueue;

/** The timer of tulios/kafkajs#1751, which patches/kafkajs+2.2.4.patch takes away. */
describe('The request queue of kafkajs, as patched', () => {
  const ignore = () => undefined;
  const request = (correlationId: number, sendRequest: () => void) => ({
    entry: { correlationId, resolve: ignore, reject: ignore },
    expectResponse: true,
    sendRequest,
  });
  let queue: RequestQueue;

  beforeEach(() => {
    jest.useFakeTimers();
    queue = new Queue({ requestTimeout: 1000, enforceRequestTimeout: false, logger: { debug: ignore } });
  });
  afterEach(() => jest.useRealTimers());

  it('arms no timer when nothing waits', () => {
    queue.push(request(1, ignore));
    queue.fulfillRequest({ correlationId: 1, payload: Buffer.alloc(0), size: 0 });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('sends what had to wait when the broker throttles, once the time is over', () => {
    const send = jest.fn();
    queue.maybeThrottle(500);
    queue.push(request(1, send));
    expect(send).not.toHaveBeenCalled();
    jest.advanceTimersByTime(499);
    expect(send).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(send).toHaveBeenCalledTimes(1);
    expect(jest.getTimerCount()).toBe(0);
  });
});
