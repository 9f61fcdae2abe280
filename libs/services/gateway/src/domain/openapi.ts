import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { problemSchema, type Route } from '@mailrun/contracts';

const json = 'application/json';
const problem = {
  description: 'Refused: what is wrong and what to do.',
  content: { 'application/problem+json': { schema: problemSchema } },
};

/** OpenAPI 3.1 of the routes: the reference of the public API, generated from the contracts that it is served by. */
export function openApiDocument(routes: readonly Route[], version: string): object {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = (paths[route.path] ??= {});
    path[route.method.toLowerCase() as 'get'] = operationOf(route);
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Mailrun',
      version,
      description:
        'Bulk invoice mailing on your own mail servers. Authenticate with an API key: `Authorization: Bearer mr_…`. ' +
        'Errors are `application/problem+json` with a stable `code`; lists answer `{ items, next }`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    security: [{ apiKey: [] }],
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: mr_<id>_<secret>' },
      },
    },
  });
}

function operationOf(route: Route): ZodOpenApiOperationObject {
  const headers = [
    ...(route.method === 'POST' && route.body?.kind !== 'stream'
      ? [header('Idempotency-Key', 'The same key and body get the first answer again, for 24 hours.')]
      : []),
    ...(route.ifMatch !== undefined
      ? [
          header(
            'If-Match',
            route.ifMatch === 'required'
              ? 'ETag of the version that is changed; needed when the object exists.'
              : 'ETag of the version that is changed; optional.',
          ),
        ]
      : []),
  ];
  return {
    operationId: route.id,
    summary: route.summary,
    tags: [route.tag],
    ...(route.scope !== undefined && { description: `Scope: \`${route.scope}\`` }),
    ...((route.params ?? route.query) && {
      requestParams: {
        ...(route.params && { path: route.params }),
        ...(route.query && { query: route.query }),
      },
    }),
    ...(headers.length > 0 && { parameters: headers }),
    ...(route.body && { requestBody: bodyOf(route.body) }),
    responses: { [String(route.response.status)]: responseOf(route), default: problem },
  } as ZodOpenApiOperationObject;
}

const header = (name: string, description: string) => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string' },
});

function bodyOf(body: NonNullable<Route['body']>) {
  if (body.kind === 'json') return { required: true, content: { [json]: { schema: body.schema } } };
  const types = body.contentTypes.length > 0 ? body.contentTypes : ['application/octet-stream'];
  const schema = { type: 'string', format: 'binary' };
  return {
    required: true,
    description: body.summary,
    content: Object.fromEntries(types.map((type) => [type, { schema }])),
  };
}

function responseOf({ response }: Route) {
  switch (response.kind) {
    case 'empty':
      return { description: 'Done.' };
    case 'json':
      return { description: 'The answer.', content: { [json]: { schema: response.schema } } };
    case 'stream':
      return {
        description: 'The bytes.',
        content: { [response.contentType]: { schema: { type: 'string', format: 'binary' } } },
      };
  }
}
