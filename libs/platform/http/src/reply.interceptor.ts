import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import type { HttpAnswer } from './call.js';
import type { RequestWithCall } from './call.guard.js';

interface Reply {
  status(code: number): Reply;
  header(name: string, value: string): Reply;
}

/** Turns an {@link HttpAnswer} into status, headers and body, with the route's defaults. */
@Injectable()
export class ReplyInterceptor implements NestInterceptor {
  intercept(execution: ExecutionContext, next: CallHandler<HttpAnswer>): Observable<unknown> {
    const { route } = execution.switchToHttp().getRequest<RequestWithCall>();
    const reply = execution.switchToHttp().getResponse<Reply>();
    return next.handle().pipe(
      map((answer) => {
        for (const [name, value] of Object.entries(answer.headers ?? {})) reply.header(name, value);
        if ('stream' in answer) {
          const routeType = route?.response.kind === 'stream' ? route.response.contentType : undefined;
          reply
            .status(200)
            .header('content-type', answer.contentType ?? routeType ?? 'application/octet-stream');
          if (answer.sizeBytes !== undefined) reply.header('content-length', String(answer.sizeBytes));
          return answer.stream;
        }
        reply.status(answer.status ?? route?.response.status ?? 200);
        if (answer.version !== undefined) reply.header('etag', `"${answer.version}"`);
        if (answer.body === undefined) return undefined;
        reply.header('content-type', 'application/json; charset=utf-8');
        return JSON.stringify(answer.body);
      }),
    );
  }
}
