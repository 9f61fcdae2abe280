import type { z } from 'zod';

/** What an API key may do. */
export const scopes = [
  'billing:read',
  'billing:write',
  'definitions:read',
  'definitions:write',
  'runs:read',
  'runs:write',
  'runs:send',
  'runs:approve',
  'messages:content',
  'act-for',
  'admin',
] as const;
export type Scope = (typeof scopes)[number];

export type ServiceName = 'gateway' | 'definitions' | 'runs' | 'renderer' | 'packager' | 'dispatcher';

/** What a call carries besides its path. */
export type RouteBody =
  | { readonly kind: 'json'; readonly schema: z.ZodType }
  /** Bytes that the handler reads as a stream; `contentTypes` empty means any. */
  | { readonly kind: 'stream'; readonly contentTypes: readonly string[]; readonly summary: string };

/** What a call answers when it succeeds. */
export type RouteResponse =
  | { readonly kind: 'json'; readonly status: number; readonly schema: z.ZodType }
  | { readonly kind: 'empty'; readonly status: 204 }
  | { readonly kind: 'stream'; readonly status: 200; readonly contentType: string };

/**
 * One operation over HTTP, public or internal. The owning service serves it with `@Serves(route)`, the gateway
 * routes and authorises by it, clients call it with `callRoute`, and OpenAPI is generated from it.
 */
export interface Route {
  /** Operation id, for instance `prepareMessageRun`. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With `{name}` parameters, for instance `/v1/message-runs/{id}/prepare`. */
  readonly path: string;
  /** Which service answers. */
  readonly service: ServiceName;
  readonly summary: string;
  /** Public routes only: the gateway asks for it. Internal ones have none and start with `/internal/`. */
  readonly scope?: Scope;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: RouteBody;
  readonly response: RouteResponse;
  /** Whether a write must (`required`, answered 428) or may name the version that it changes. */
  readonly ifMatch?: 'required' | 'optional';
  /** Groups operations in the documentation. */
  readonly tag: string;
}

/** Keeps the literal types of a route. */
export const defineRoute = <const R extends Route>(route: R): R => route;

type Output<S> = S extends z.ZodType ? z.output<S> : undefined;
type Input<S> = S extends z.ZodType ? z.input<S> : undefined;

export type ParamsOf<R extends Route> = Output<R['params']>;
export type QueryOf<R extends Route> = Output<R['query']>;
export type BodyOfRoute<R extends Route> = R['body'] extends { kind: 'json'; schema: infer S }
  ? Output<S>
  : undefined;
export type BodyInputOf<R extends Route> = R['body'] extends { kind: 'json'; schema: infer S }
  ? Input<S>
  : undefined;
export type QueryInputOf<R extends Route> = Input<R['query']>;
export type ResponseOf<R extends Route> = R['response'] extends { kind: 'json'; schema: infer S }
  ? Output<S>
  : undefined;
