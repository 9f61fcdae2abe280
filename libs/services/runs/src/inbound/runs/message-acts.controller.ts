import { Controller } from '@nestjs/common';
import { resendMessage } from '@mailrun/contracts';
import { Serves, type Call, type HttpAnswer } from '@mailrun/platform-http';
import { ResendMessage } from '../../application/resend-message/resend-message.use-case.js';

/** What people do with one message. */
@Controller()
export class MessageActsController {
  constructor(private readonly resending: ResendMessage) {}

  @Serves(resendMessage)
  resend({ context, params, body }: Call<typeof resendMessage>): Promise<HttpAnswer> {
    return this.resending.resend(context, params.id, body.note);
  }
}
