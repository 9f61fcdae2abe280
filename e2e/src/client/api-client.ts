import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ResponseOf, Route } from '@mailrun/contracts';
import { pathOf, type CallInput } from '@mailrun/platform-http';
import { problemOf } from './api-problem.js';

/** Besides what the route's contract has. */
export interface CallOptions {
  /** An ETag, or `*`. */
  readonly ifMatch?: string;
  /** Of routes that take a stream. */
  readonly bytes?: { readonly content: Buffer | string; readonly type: string };
  /** Whether an answer of "not now" is an answer, or the call is made again (the default). */
  readonly retries?: boolean;
}

export interface Answer<Body> {
  readonly body: Body;
  readonly etag: string | undefined;
}

/** A service that is being started again is back by then. */
const retryDeadlineMs = 20_000;
const retryEveryMs = 100;
const passing = new Set([429, 502, 503, 504]);

/**
 * Calls the public API by its contracts, as a portal backend would: with an API key, idempotency keys, and again when
 * the answer is "not now".
 */
export class ApiClient {
  constructor(
    readonly base: string,
    readonly apiKey: string,
  ) {}

  /** The body, read by the contract. @throws ApiProblem */
  async call<R extends Route>(
    route: R,
    input: CallInput<R>,
    options: CallOptions = {},
  ): Promise<ResponseOf<R>> {
    return (await this.ask(route, input, options)).body;
  }

  /** The same with the version of what was answered. @throws ApiProblem */
  async ask<R extends Route>(
    route: R,
    input: CallInput<R>,
    options: CallOptions = {},
  ): Promise<Answer<ResponseOf<R>>> {
    const { text, response } = await this.send(route, input, options);
    const etag = response.headers.get('etag') ?? undefined;
    if (route.response.kind !== 'json') return { body: undefined as ResponseOf<R>, etag };
    return { body: route.response.schema.parse(JSON.parse(text)) as ResponseOf<R>, etag };
  }

  /** Every item of a list, page by page. */
  async all<Item>(
    route: Route,
    input: { readonly params?: object; readonly query?: object } = {},
  ): Promise<Item[]> {
    const items: Item[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: 500, ...input.query, ...(cursor !== undefined && { cursor }) };
      const page = (await this.call(route, { ...input, query } as never)) as unknown as {
        items: Item[];
        next?: string;
      };
      items.push(...page.items);
      cursor = page.next;
    } while (cursor !== undefined);
    return items;
  }

  private async send(
    route: Route,
    input: object,
    options: CallOptions,
  ): Promise<{ text: string; response: Response }> {
    const call = `${route.method} ${pathOf(route, (input as { params?: object }).params ?? {})}`;
    const request = this.requestOf(route, input, options);
    const end = performance.now() + (options.retries === false ? 0 : retryDeadlineMs);
    for (;;) {
      const answer = await fetchText(request.url, request.init);
      if (answer instanceof Error) {
        if (performance.now() > end)
          throw new Error(`${call} was not answered: ${answer.message}`, { cause: answer });
      } else {
        const { response, text } = answer;
        if (response.ok) return answer;
        if (!passing.has(response.status) || performance.now() > end) throw problemOf(call, response, text);
      }
      await delay(retryEveryMs);
    }
  }

  private requestOf(route: Route, input: object, { ifMatch, bytes }: CallOptions) {
    const { params, query, body } = input as { params?: object; query?: object; body?: unknown };
    const url = new URL(this.base + pathOf(route, params ?? {}));
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const type = bytes?.type ?? (body === undefined ? undefined : 'application/json');
    const init = {
      method: route.method,
      headers: {
        authorization: `Bearer ${this.apiKey}`,
        ...(type !== undefined && { 'content-type': type }),
        ...(ifMatch !== undefined && { 'if-match': ifMatch }),
        ...(route.method === 'POST' && bytes === undefined && { 'idempotency-key': randomUUID() }),
      },
      ...((bytes !== undefined || body !== undefined) && { body: bytes?.content ?? JSON.stringify(body) }),
    };
    return { url, init };
  }
}

/** An error, when the connection was refused or broke. */
async function fetchText(url: URL, init: RequestInit): Promise<{ response: Response; text: string } | Error> {
  try {
    const response = await fetch(url, init);
    return { response, text: await response.text() };
  } catch (error) {
    // Of another realm than ours under Jest, so `instanceof` does not know it.
    const { cause } = error as { cause?: unknown };
    return new Error(`${String(error)} (${String(cause)})`, { cause: error });
  }
}
