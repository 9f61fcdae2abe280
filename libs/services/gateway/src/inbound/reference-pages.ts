import type { FastifyInstance } from 'fastify';
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { publicRoutes } from '@mailrun/contracts';
import { openApiDocument } from '../domain/openapi.js';

/** Of the contract, not of the product: changes of the schema are additive within `v1`. */
const apiVersion = '1';

const files: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mailrun API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<main id="reference">Loading the reference …</main>
<noscript>This page needs JavaScript. The contract itself is at <a href="openapi.json">openapi.json</a>.</noscript>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>`;

const start = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#reference', deepLinking: true, persistAuthorization: true, tryItOutEnabled: true, docExpansion: 'none' });`;

/** The contract at `/v1/openapi.json` and a page to read and try it at `/v1/docs`; nothing is loaded from elsewhere. */
export function registerReferencePages(server: FastifyInstance): void {
  const contract = JSON.stringify(openApiDocument(publicRoutes, apiVersion));
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const csp =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";
  const send =
    (type: string, body: string) =>
    (_request: unknown, reply: { header(n: string, v: string): { send(b: string): unknown } }) => {
      reply.header('content-security-policy', csp);
      reply.header('x-content-type-options', 'nosniff');
      return reply.header('content-type', type).send(body);
    };
  server.get('/v1/openapi.json', send('application/json; charset=utf-8', contract));
  server.get('/v1/docs', send('text/html; charset=utf-8', page));
  server.get('/v1/docs/start.js', send('text/javascript; charset=utf-8', start));
  for (const [name, type] of Object.entries(files)) {
    server.get(`/v1/docs/${name}`, (_request, reply) =>
      reply
        .header('content-type', type)
        .header('cache-control', 'public, max-age=86400')
        .send(createReadStream(join(folder, name))),
    );
  }
}
