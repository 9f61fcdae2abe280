import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { sendProblem, type ProblemReply } from './problem.js';

/** Maps everything that a route throws to `application/problem+json`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    const reply = http.getResponse<ProblemReply & { readonly sent: boolean }>();
    if (!reply.sent) await sendProblem(error, http.getRequest<{ raw: IncomingMessage }>().raw, reply);
  }
}
