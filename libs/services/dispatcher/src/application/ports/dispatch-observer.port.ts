import type { CopyState } from '@mailrun/contracts';
import type { Circuit } from '../../domain/server-health.js';
import type { Hold } from '../../domain/hold.js';

/** What the dispatcher tells about itself, for metrics and logs. Calls are synchronous and must not throw. */
export abstract class DispatchObserver {
  /** Copies entered by an intake, and those that were there already. */
  abstract accepted(of: {
    readonly entered: number;
    readonly answered: number;
    readonly expired: number;
  }): void;
  /** One attempt ended. */
  abstract settled(of: { readonly state: CopyState; readonly code: string; readonly seconds: number }): void;
  /** One group commit. */
  abstract committed(of: {
    readonly finished: number;
    readonly marked: number;
    readonly seconds: number;
  }): void;
  abstract recovered(of: { readonly returned: number; readonly uncertain: number }): void;
  abstract stopped(of: { readonly mails: number }): void;
  /** A mail server could not be used. */
  abstract serverFault(of: { readonly code: string; readonly detail: string }): void;
  /** What holds mails back, looked at every few seconds. */
  abstract holds(of: readonly Hold[]): void;
  /** How many message servers people paused, looked at every few seconds. */
  abstract pausedServers(count: number): void;
  /** A mail server's circuit opened or closed; told by one replica. The code says why, when it is not closed. */
  abstract circuitChanged(of: { readonly to: Circuit; readonly code: string | undefined }): void;
  /** Circuits of the mail servers that have work here, now, and why they are not closed. */
  abstract circuits(of: readonly { readonly state: Circuit; readonly code: string | undefined }[]): void;
  /** Connections to mail servers and mails in our hands, now. */
  abstract gauges(of: { readonly connections: number; readonly held: number }): void;
  /** A loop failed and will go on. */
  abstract loopFailed(of: {
    readonly loop: string;
    readonly error: unknown;
    readonly isOutage: boolean;
  }): void;
}

/** An observer that looks away. */
export class NoObserver extends DispatchObserver {
  accepted(_of: unknown): void {}
  settled(_of: unknown): void {}
  committed(_of: unknown): void {}
  recovered(_of: unknown): void {}
  stopped(_of: unknown): void {}
  serverFault(_of: unknown): void {}
  holds(_of: unknown): void {}
  pausedServers(_count: number): void {}
  circuitChanged(_of: unknown): void {}
  circuits(_of: unknown): void {}
  gauges(_of: unknown): void {}
  loopFailed(_of: unknown): void {}
}
