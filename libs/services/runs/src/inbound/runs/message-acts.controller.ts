import { Controller } from '@nestjs/common';
import { decideMessage, resendMessage } from '@mailrun/contracts';
import { Serves, type Call, type HttpAnswer } from '@mailrun/platform-http';
import { DecideMessages } from '../../application/decide-messages/decide-messages.use-case.js';
import { ResendMessage } from '../../application/resend-message/resend-message.use-case.js';

/** What people do with one message. */
@Controller()
export class MessageActsController {
  constructor(
    private readonly resending: ResendMessage,
    private readonly deciding: DecideMessages,
  ) {}

  @Serves(decideMessage)
  decide({ context, params, body }: Call<typeof decideMessage>): Promise<HttpAnswer> {
    return this.deciding.decideOne(context, params.id, body);
  }

  @Serves(resendMessage)
  resend({ context, params, body }: Call<typeof resendMessage>): Promise<HttpAnswer> {
    return this.resending.resend(context, params.id, body.note);
  }
}
