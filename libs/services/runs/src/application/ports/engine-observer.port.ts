import type { Wait } from '@mailrun/contracts';

import type { SelfPause } from '../../domain/runs/self-pause.js';

/** What the engine tells about itself, for metrics and logs. Calls are synchronous and must not throw. */
export abstract class EngineObserver {
  abstract fed(of: { readonly messages: number }): void;
  abstract fedAgain(of: { readonly messages: number }): void;
  abstract applied(of: { readonly outcomes: number; readonly news: number; readonly seconds: number }): void;
  abstract asked(of: { readonly copies: number }): void;
  /** How many messages of runs under way, over all replicas and tenants, wait for what. */
  abstract waiting(messages: ReadonlyMap<Wait['for'], number>): void;
  abstract pausedItself(of: { readonly why: SelfPause }): void;
  abstract completed(of: { readonly state: 'completed' | 'stopped' }): void;
}

/** An observer that looks away. */
export class NoEngineObserver extends EngineObserver {
  override fed(): void {}
  override fedAgain(): void {}
  override applied(): void {}
  override asked(): void {}
  override waiting(): void {}
  override pausedItself(): void {}
  override completed(): void {}
}
