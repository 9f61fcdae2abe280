import {
  RequestMapping,
  RequestMethod,
  SetMetadata,
  UseGuards,
  UseInterceptors,
  createParamDecorator,
} from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { Route } from '@mailrun/contracts';
import { CallGuard, type RequestWithCall, routeMetadata } from './call.guard.js';
import type { Call, HttpAnswer } from './call.js';
import { ReplyInterceptor } from './reply.interceptor.js';

const TheCall = createParamDecorator((_: unknown, context: ExecutionContext) => {
  return context.switchToHttp().getRequest<RequestWithCall>().call;
});

/** `/v1/invoices/{code}` as the router writes it. */
export const routerPath = (path: string) => path.replaceAll(/\{(\w+)\}/g, ':$1');

/**
 * Marks a controller method that serves a route: it gets one {@link Call}, authenticated and validated, and returns
 * an {@link HttpAnswer}. Everything thrown becomes `application/problem+json`.
 */
export const Serves =
  <R extends Route>(route: R) =>
  <Handler extends (call: Call<R>) => Promise<HttpAnswer>>(
    target: object,
    key: string,
    descriptor: TypedPropertyDescriptor<Handler>,
  ): void => {
    TheCall()(target, key, 0);
    for (const decorate of [
      RequestMapping({ method: RequestMethod[route.method], path: routerPath(route.path) }),
      SetMetadata(routeMetadata, route),
      UseGuards(CallGuard),
      UseInterceptors(ReplyInterceptor),
    ]) {
      (decorate as MethodDecorator)(target, key, descriptor as TypedPropertyDescriptor<unknown> as never);
    }
  };
