import type { ServerResponse } from 'node:http';

/** Of our own pages: nothing but what this server gives. */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export interface Reply {
  readonly status?: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export const page = (body: string, status = 200): Reply => ({
  status,
  type: 'text/html; charset=utf-8',
  body,
});

export const json = (body: unknown): Reply => ({ type: 'application/json', body: JSON.stringify(body) });

/** RFC 9457. */
export const problem = (status: number, code: string, detail: string): Reply => ({
  status,
  type: 'application/problem+json',
  body: JSON.stringify({ status, code, detail }),
});

/** Whatever its type: the browser saves it and never shows it here. */
export function download(name: string, type: string, body: Buffer): Reply {
  return { type: headerSafe(type), body, headers: { 'content-disposition': contentDisposition(name) } };
}

/** RFC 6266, with the name in any alphabet (RFC 8187) and without paths. */
export function contentDisposition(name: string): string {
  const plain =
    name.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069/\\:*?"<>|]/g, '_') ||
    'attachment';
  const ascii = plain.replace(/[^\x20-\x7e]|%/g, '_');
  const encoded = encodeURIComponent(plain.toWellFormed()).replace(
    /['()*!]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

const headerSafe = (type: string) => (/^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : 'application/octet-stream');

export function send(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status ?? 200, {
    'content-type': reply.type,
    'content-length': Buffer.byteLength(reply.body),
    'cache-control': 'no-store',
    'content-security-policy': pagePolicy,
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    ...reply.headers,
  });
  response.end(reply.body);
}
