import { Controller, type Type } from '@nestjs/common';
import type { Route } from '@mailrun/contracts';
import {
  Serves,
  checkIfMatch,
  checkReadOnly,
  decodeCursor,
  pageOfRows,
  type Call,
  type HttpAnswer,
} from '@mailrun/platform-http';
import { ChangeObject } from '../application/change-object/change-object.use-case.js';
import { PublishObject } from '../application/publish-object/publish-object.use-case.js';
import { ReadObject } from '../application/read-object/read-object.use-case.js';
import type { ConfigurationObject, Kind, PublishedKind } from '../domain/configuration-object.js';
import { ServerStates } from '../application/ports/server-states.port.js';
import { ignoredFields, readOnlyFields, versionView, viewOf } from './views.js';

interface KeyedRoutes {
  readonly list: Route;
  readonly get: Route;
  readonly put: Route;
  readonly remove: Route;
}

interface KeyedCall extends Omit<Call, 'params' | 'query' | 'body'> {
  readonly params: { readonly key: string };
  readonly query: { readonly limit: number; readonly cursor?: string };
  readonly body: Readonly<Record<string, unknown>>;
}

/** The controller of one kind: every kind by key has the same four operations. */
export function keyedController(kind: Kind, routes: KeyedRoutes): Type {
  @Controller()
  class KeyedController {
    constructor(
      private readonly reads: ReadObject,
      private readonly changes: ChangeObject,
      private readonly states: ServerStates,
    ) {}

    @Serves(routes.list)
    async list(given: Call): Promise<HttpAnswer> {
      const { context, query } = given as unknown as KeyedCall;
      const after = decodeCursor(query.cursor, 1)?.[0] as string | undefined;
      const objects = await this.reads.list(context.tenantId, kind, query.limit + 1, after);
      const states = await this.statesOf(context.tenantId, objects);
      return {
        body: pageOfRows(
          objects,
          query.limit,
          (object) => [object.key],
          (object) => viewOf(object, states),
        ),
      };
    }

    @Serves(routes.get)
    async get(given: Call): Promise<HttpAnswer> {
      const { context, params } = given as unknown as KeyedCall;
      const object = await this.reads.get(context.tenantId, kind, params.key);
      const states = await this.statesOf(context.tenantId, [object]);
      return { body: viewOf(object, states), version: object.version };
    }

    @Serves(routes.put)
    async put(given: Call): Promise<HttpAnswer> {
      const { context, params, body, ifMatch } = given as unknown as KeyedCall;
      const { password, ...fields } = body;
      const content = Object.fromEntries(
        Object.entries(fields).filter(([name]) => ![...readOnlyFields, ...ignoredFields].includes(name)),
      );
      const object = await this.changes.put(context, {
        kind,
        key: params.key,
        content,
        secret: password as string | null | undefined,
        check: (stored) => {
          checkIfMatch(routes.put, ifMatch, stored?.version);
          checkReadOnly(body, stored ? viewOf(stored) : { key: params.key }, readOnlyFields);
        },
      });
      const states = await this.statesOf(context.tenantId, [object]);
      return { body: viewOf(object, states), version: object.version };
    }

    private async statesOf(tenantId: string, objects: readonly ConfigurationObject[]) {
      if (kind !== 'message-server') return undefined;
      return this.states.of(
        tenantId,
        objects.map(({ key }) => key),
      );
    }

    @Serves(routes.remove)
    async remove(given: Call): Promise<HttpAnswer> {
      const { context, params, ifMatch } = given as unknown as KeyedCall;
      await this.changes.remove(context, kind, params.key, (stored) =>
        checkIfMatch(routes.remove, ifMatch, stored.version),
      );
      return {};
    }
  }
  return KeyedController;
}

/** The controller of a kind's publishing. */
export function publishingController(
  kind: PublishedKind,
  routes: { readonly publish: Route; readonly versions: Route },
): Type {
  @Controller()
  class PublishingController {
    constructor(
      private readonly reads: ReadObject,
      private readonly publishing: PublishObject,
    ) {}

    @Serves(routes.publish)
    publish(given: Call): Promise<HttpAnswer> {
      const { context, params, body } = given as unknown as KeyedCall;
      return this.publishing.publish(
        context,
        kind,
        params.key,
        body['note'] as string | undefined,
        versionView,
      );
    }

    @Serves(routes.versions)
    async versions(given: Call): Promise<HttpAnswer> {
      const { context, params, query } = given as unknown as KeyedCall;
      const before = decodeCursor(query.cursor, 1)?.[0] as number | undefined;
      const versions = await this.reads.versions(context.tenantId, kind, params.key, query.limit + 1, before);
      return { body: pageOfRows(versions, query.limit, (version) => [version.number], versionView) };
    }
  }
  return PublishingController;
}
