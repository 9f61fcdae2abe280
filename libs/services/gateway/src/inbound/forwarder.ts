import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { publicRoutes, type Route } from '@mailrun/contracts';
import { Outage } from '@mailrun/platform-errors';
import {
  CallAuthenticator,
  InternalTokens,
  routerPath,
  sendProblem,
  type ServiceDirectory,
} from '@mailrun/platform-http';

/** Headers that a caller may hand to a service; the rest stays here. */
const passedOn = [
  'content-type',
  'content-length',
  'if-match',
  'if-none-match',
  'idempotency-key',
  'accept',
  'last-event-id',
];
/** Headers of a service's answer that the caller gets. */
const passedBack = [
  'content-type',
  'content-length',
  'content-disposition',
  'content-security-policy',
  'x-content-type-options',
  'etag',
  'location',
  'retry-after',
  'cache-control',
];
/** Longest silence of a service before its first byte. */
const timeoutMs = 60_000;

/**
 * Routes of other services: the caller is authenticated here, and the bytes pass through in both directions, with an
 * internal token in place of the API key. Bodies are validated by the service that owns the route.
 */
@Injectable()
export class Forwarder {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 256 });

  constructor(
    private readonly authenticator: CallAuthenticator,
    private readonly tokens: InternalTokens,
    private readonly directory: { readonly services: ServiceDirectory },
  ) {}

  /** Adds every public route that another service answers. */
  register(server: FastifyInstance): void {
    for (const route of publicRoutes.filter(({ service }) => service !== 'gateway')) {
      server.route({
        method: route.method,
        url: routerPath(route.path),
        handler: (request, reply) => this.handle(route, request, reply),
      });
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private async handle(route: Route, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    try {
      const caller = await this.authenticator.authenticate(
        request.headers as Record<string, string | undefined>,
        route,
      );
      const answer = await this.forward(route, request, await this.tokens.sign(caller));
      reply.status(answer.statusCode ?? 502);
      for (const name of passedBack) {
        const value = answer.headers[name];
        if (value !== undefined) void reply.header(name, value);
      }
      return await reply.send(answer);
    } catch (error) {
      await sendProblem(error, request.raw, reply);
      return reply;
    }
  }

  private forward(route: Route, request: FastifyRequest, token: string): Promise<IncomingMessage> {
    const base = this.directory.services[route.service];
    if (base === undefined) throw new Error(`No address of service '${route.service}' is set.`);
    const headers: Record<string, string | string[]> = { authorization: `Bearer ${token}` };
    for (const name of passedOn) {
      const value = request.headers[name];
      if (value !== undefined) headers[name] = value;
    }
    return new Promise((resolve, reject) => {
      const away = (cause: Error) =>
        reject(
          new Outage('service.unreachable', `${route.service} can't be reached: ${cause.message}`, { cause }),
        );
      const outgoing = httpRequest(
        new URL(request.raw.url ?? '/', base),
        { method: route.method, headers, agent: this.agent, timeout: timeoutMs },
        resolve,
      );
      outgoing.once('timeout', () => outgoing.destroy(new Error('no answer in time')));
      outgoing.once('error', away);
      const body = request.body as Readable | undefined;
      if (body === undefined) {
        outgoing.end();
        return;
      }
      // A caller that goes away in the middle of its body must show to the service as a cut body, not as its end.
      request.raw.once('close', () => {
        if (!request.raw.complete) outgoing.destroy(new Error('the caller went away'));
      });
      body.once('error', (error) => outgoing.destroy(error));
      body.pipe(outgoing);
    });
  }
}
