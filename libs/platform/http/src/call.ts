import type { Readable } from 'node:stream';
import type { BodyOfRoute, ParamsOf, QueryOf, Route, Scope } from '@mailrun/contracts';

/** Who calls. Made by the {@link CallAuthenticator} of the process, never from the body. */
export interface Caller {
  readonly tenantId: string;
  /** Public calls: the API key behind them. */
  readonly apiKeyId?: string;
  /** The person on whose behalf a key with `act-for` calls. */
  readonly actor?: string;
  /** Public calls only: what the key may do. */
  readonly scopes?: readonly Scope[];
}

/** Who calls and under which idempotency key: what an act's transaction keeps. */
export interface CallContext extends Caller {
  readonly idempotencyKey?: string;
}

/** One call, authenticated and validated by its route. */
export interface Call<R extends Route = Route> {
  readonly context: CallContext;
  readonly params: ParamsOf<R>;
  readonly query: QueryOf<R>;
  /** Of routes with a JSON body. */
  readonly body: BodyOfRoute<R>;
  /** Of routes with a stream: the bytes, their type and announced size. */
  readonly content: {
    readonly stream: Readable;
    readonly type: string;
    readonly sizeBytes: number | undefined;
  };
  /** The version named by `If-Match`, without quotes; `*` is any. */
  readonly ifMatch: string | undefined;
}

/** What a handler answers. Status and content type come from the route when left out. */
export type HttpAnswer =
  | {
      readonly body?: unknown;
      readonly status?: number;
      /** Version of the object: becomes the ETag. */
      readonly version?: number | string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly stream: Readable;
      readonly contentType?: string;
      readonly sizeBytes?: number;
      readonly headers?: Readonly<Record<string, string>>;
    };

/** Tells who calls, or throws a Refusal of kind `unauthenticated`, `forbidden` or `too-many-requests`. */
export abstract class CallAuthenticator {
  abstract authenticate(headers: Readonly<Record<string, string | undefined>>, route: Route): Promise<Caller>;
}
