import { Readable } from 'node:stream';
import {
  problemSchema,
  type BodyInputOf,
  type ParamsOf,
  type QueryInputOf,
  type ResponseOf,
  type Route,
  type ServiceName,
} from '@mailrun/contracts';
import { Outage, Refusal, errorMessage, type RefusalKind } from '@mailrun/platform-errors';
import type { Caller } from './call.js';
import type { InternalTokens } from './internal-token.js';
import { statusOf } from './problem.js';

/** Base URL of each service's internal listener. */
export type ServiceDirectory = Readonly<Partial<Record<ServiceName, string>>>;

type Maybe<Name extends string, Value> = [Value] extends [undefined]
  ? object
  : { readonly [K in Name]: Value };
export type CallInput<R extends Route> = Maybe<'params', ParamsOf<R>> &
  Maybe<'body', BodyInputOf<R>> & { readonly query?: QueryInputOf<R> };

const defaultTimeoutMs = 10_000;

/**
 * Calls other services by their contracts, as a tenant (and actor). A refusal of theirs is thrown as the same
 * Refusal; an unreachable or failing service as an Outage.
 */
export class RouteClient {
  constructor(
    private readonly directory: ServiceDirectory,
    private readonly tokens: InternalTokens,
  ) {}

  /** The JSON answer, checked against the contract. */
  async call<R extends Route>(
    route: R,
    caller: Caller,
    input: CallInput<R>,
    timeoutMs = defaultTimeoutMs,
  ): Promise<ResponseOf<R>> {
    const response = await this.send(route, caller, input, timeoutMs);
    if (route.response.kind !== 'json') {
      await response.body?.cancel();
      return undefined as ResponseOf<R>;
    }
    const body = await response.json().catch((cause: unknown) => {
      throw new Outage('service.bad-answer', `${route.service} cut its answer to ${route.id}.`, { cause });
    });
    return route.response.schema.parse(body) as ResponseOf<R>;
  }

  /** The answer as a stream of bytes. */
  async stream<R extends Route>(
    route: R,
    caller: Caller,
    input: CallInput<R>,
    timeoutMs = 60_000,
  ): Promise<{ stream: Readable; contentType: string; sizeBytes: number | undefined }> {
    const response = await this.send(route, caller, input, timeoutMs);
    const size = Number(response.headers.get('content-length') ?? Number.NaN);
    return {
      stream: response.body === null ? Readable.from([]) : Readable.fromWeb(response.body as never),
      contentType: response.headers.get('content-type') ?? 'application/octet-stream',
      sizeBytes: Number.isInteger(size) ? size : undefined,
    };
  }

  private async send<R extends Route>(
    route: R,
    caller: Caller,
    input: CallInput<R>,
    timeoutMs: number,
  ): Promise<Response> {
    const base = this.directory[route.service];
    if (base === undefined) throw new Error(`No address of service '${route.service}' is set.`);
    const { params, query, body } = input as { params?: object; query?: object; body?: unknown };
    const url = new URL(base.replace(/\/$/, '') + pathOf(route, params ?? {}));
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    let response: Response;
    try {
      response = await fetch(url, {
        method: route.method,
        headers: {
          authorization: `Bearer ${await this.tokens.sign(caller)}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (cause) {
      throw new Outage('service.unreachable', `${route.service} can't be reached: ${errorMessage(cause)}`, {
        cause,
      });
    }
    if (response.ok) return response;
    throw await errorOf(route, response);
  }
}

/** The path with its parameters, percent-encoded. */
export function pathOf(route: Route, params: object): string {
  return route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String((params as Record<string, unknown>)[name])),
  );
}

async function errorOf(route: Route, response: Response): Promise<Error> {
  const parsed = problemSchema.safeParse(await response.json().catch(() => undefined));
  const kind = (Object.keys(statusOf) as RefusalKind[]).find((name) => statusOf[name] === response.status);
  if (!parsed.success || kind === undefined || kind === 'unauthenticated' || kind === 'too-many-requests') {
    return new Outage('service.failed', `${route.service} answered ${response.status} to ${route.id}.`);
  }
  const { code, detail, errors } = parsed.data;
  return new Refusal(kind, code, detail, errors === undefined ? {} : { errors });
}
