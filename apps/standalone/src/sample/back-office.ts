import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Problem } from '@mailrun/contracts';

/** The API refused a call. */
export class ApiRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    call: string,
    detail: string,
  ) {
    super(`${call}: ${detail} (${code})`);
  }
}

export interface Call {
  readonly method: 'GET' | 'PUT' | 'POST';
  /** With its query; codes and keys percent-encoded. */
  readonly path: string;
  /** JSON, or bytes of a content type. */
  readonly body?: unknown;
  readonly bytes?: { readonly content: Buffer | string; readonly type: string };
  /** The ETag of what is changed. */
  readonly ifMatch?: string;
}

export interface Answer<Body> {
  readonly body: Body;
  readonly etag: string | undefined;
}

const maxTries = 6;
/** Of the gateway and what stands before it: the same call may succeed later. */
const passing = new Set([429, 502, 503, 504]);

/**
 * Calls Mailrun's public API as a billing company's back office would: a key, JSON, and a few more tries when the
 * service can't be reached or asks to wait. Every POST carries an idempotency key, so that a repeated one acts once.
 */
export class BackOffice {
  constructor(
    private readonly api: string,
    private readonly apiKey: string,
    private readonly signal: AbortSignal,
  ) {}

  /** @throws ApiRefusal; the signal's reason when it is aborted; the network's error after the last try. */
  async call<Body>(call: Call): Promise<Answer<Body>> {
    const headers = this.headersOf(call);
    for (let tries = 1; ; tries++) {
      const response = await this.attempt(call, headers, tries);
      if (response === undefined) continue;
      const text = await response.text();
      if (!response.ok) throw refusalOf(call, response.status, text);
      return {
        body: (isJson(response) ? JSON.parse(text) : text) as Body,
        etag: response.headers.get('etag') ?? undefined,
      };
    }
  }

  /** The bytes at a path. */
  async download(path: string): Promise<{ content: Buffer; etag: string | undefined }> {
    const call = { method: 'GET', path } as const;
    const headers = this.headersOf(call);
    for (let tries = 1; ; tries++) {
      const response = await this.attempt(call, headers, tries);
      if (response === undefined) continue;
      if (!response.ok) throw refusalOf(call, response.status, await response.text());
      const content = Buffer.from(await response.arrayBuffer());
      return { content, etag: response.headers.get('etag') ?? undefined };
    }
  }

  /** undefined: to be tried again, after the wait that was due. */
  private async attempt(
    call: Call,
    headers: Record<string, string>,
    tries: number,
  ): Promise<Response | undefined> {
    const waitMs = 250 * 2 ** tries;
    let response: Response;
    try {
      response = await fetch(this.api + call.path, {
        method: call.method,
        headers,
        signal: this.signal,
        ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
        ...(call.bytes && { body: call.bytes.content }),
      });
    } catch (error) {
      if (this.signal.aborted || tries === maxTries) throw error;
      await delay(waitMs, undefined, { signal: this.signal });
      return undefined;
    }
    if (!passing.has(response.status) || tries === maxTries) return response;
    await response.body?.cancel();
    const retryAfterSeconds = Number(response.headers.get('retry-after') ?? 0);
    await delay(Math.max(waitMs, retryAfterSeconds * 1000 || 0), undefined, { signal: this.signal });
    return undefined;
  }

  private headersOf(call: Call): Record<string, string> {
    const type = call.bytes?.type ?? (call.body === undefined ? undefined : 'application/json');
    return {
      authorization: `Bearer ${this.apiKey}`,
      ...(type !== undefined && { 'content-type': type }),
      ...(call.ifMatch !== undefined && { 'if-match': call.ifMatch }),
      ...(call.method === 'POST' && !call.bytes && { 'idempotency-key': randomUUID() }),
    };
  }
}

const isJson = (response: Response) => /\bjson\b/.test(response.headers.get('content-type') ?? '');

function refusalOf(call: Call, status: number, text: string): ApiRefusal {
  const name = `${call.method} ${call.path}`;
  try {
    const { code, detail, errors } = JSON.parse(text) as Problem;
    const fields = (errors ?? []).map((error) => ` ${error.pointer}: ${error.detail}`).join('');
    return new ApiRefusal(status, code, name, detail + fields);
  } catch {
    return new ApiRefusal(status, String(status), name, text.slice(0, 200));
  }
}
