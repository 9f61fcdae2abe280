/**
 * Runs inside the isolate, before any template: freezes everything that JavaScript itself provides, so that one
 * rendering can leave nothing behind for the next one (no patched prototype, no global variable, no property on a
 * shared object). Also removes what makes results depend on time or chance and no template needs.
 *
 * Self-contained: its source text is evaluated in the isolate.
 */
export function freezeIntrinsics(): void {
  // Iterator helpers (ES2025), which the compiler's library does not know yet.
  type WithHelpers = { map(change: (value: unknown) => unknown): unknown };
  const iterators = Reflect.get(globalThis, 'Iterator') as { from(source: object): unknown };

  for (const name of [
    'Atomics',
    'FinalizationRegistry',
    'SharedArrayBuffer',
    'WeakRef',
    'WebAssembly',
    'console',
  ]) {
    Reflect.deleteProperty(globalThis, name);
  }
  // Legacy static properties of RegExp (`RegExp.$1`, `RegExp.lastMatch`, …) keep text of the last match.
  for (const name of Object.getOwnPropertyNames(RegExp)) {
    if (!['length', 'name', 'prototype', 'escape'].includes(name)) Reflect.deleteProperty(RegExp, name);
  }

  const seen = new Set<object>();
  const waiting: unknown[] = [
    globalThis,
    // Reachable by syntax only.
    function* () {},
    async function () {},
    async function* () {},
    [][Symbol.iterator](),
    ''[Symbol.iterator](),
    'x'.matchAll(/x/g),
    new Map()[Symbol.iterator](),
    new Set()[Symbol.iterator](),
    iterators.from({ next: () => ({ done: true, value: undefined }) }),
    ([].values() as unknown as WithHelpers).map((value) => value),
    new Intl.Segmenter('en').segment('x'),
    new Intl.Segmenter('en').segment('x')[Symbol.iterator](),
    Object.getOwnPropertyDescriptor(
      (function (this: unknown) {
        'use strict';

        return arguments;
      })(),
      'callee',
    )?.get,
  ];
  for (let item = waiting.pop(); waiting.length > 0 || item !== undefined; item = waiting.pop()) {
    if ((typeof item !== 'object' && typeof item !== 'function') || item === null || seen.has(item)) continue;
    seen.add(item);
    waiting.push(Object.getPrototypeOf(item));
    for (const key of Reflect.ownKeys(item)) {
      const property = Object.getOwnPropertyDescriptor(item, key);
      if (property) waiting.push(property.value, property.get, property.set);
    }
  }
  for (const item of seen) Object.freeze(item);
}
