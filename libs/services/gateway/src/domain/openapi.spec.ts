import { publicRoutes } from '@mailrun/contracts';
import { openApiDocument } from './openapi.js';

describe('openApiDocument', () => {
  const document = openApiDocument(publicRoutes, '1.2.3') as {
    openapi: string;
    paths: Record<string, Record<string, { operationId: string; description: string; responses: object }>>;
  };

  it('has every public route once, with its scope and an answer for refusals', () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    expect(operations.map((operation) => operation.operationId).sort()).toEqual(
      publicRoutes.map((route) => route.id).sort(),
    );
    expect(new Set(operations.map((operation) => operation.operationId)).size).toBe(publicRoutes.length);
    for (const operation of operations) {
      expect(operation.description).toMatch(/^Scope: /);
      expect(Object.keys(operation.responses)).toContain('default');
    }
  });

  it('is OpenAPI 3.1', () => expect(document.openapi).toBe('3.1.0'));
});
