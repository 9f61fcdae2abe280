import { Controller } from '@nestjs/common';
import { getMessage, getMessageSource, listMessages, listMessagesOfInvoice } from '@mailrun/contracts';
import { Serves, decodeCursor, pageOfRows, type Call, type HttpAnswer } from '@mailrun/platform-http';
import { ReadMessages } from '../../application/read-messages/read-messages.use-case.js';

@Controller()
export class MessagesController {
  constructor(private readonly messages: ReadMessages) {}

  @Serves(listMessages)
  async list({ context, query }: Call<typeof listMessages>): Promise<HttpAnswer> {
    const { limit, cursor, ...filter } = query;
    const before = decodeCursor(cursor, 1)?.[0] as string | undefined;
    const messages = await this.messages.page(context.tenantId, filter, limit + 1, before);
    return {
      body: pageOfRows(
        messages,
        limit,
        (message) => [message.id],
        (message) => message,
      ),
    };
  }

  @Serves(getMessage)
  async get({ context, params }: Call<typeof getMessage>): Promise<HttpAnswer> {
    return { body: await this.messages.detail(context.tenantId, params.id) };
  }

  @Serves(getMessageSource)
  async source({ context, params, query }: Call<typeof getMessageSource>): Promise<HttpAnswer> {
    const { stream, sizeBytes } = await this.messages.source(context.tenantId, params.id, query.copy);
    const headers = {
      'content-disposition': `attachment; filename="${params.id}.eml"`,
      'x-content-type-options': 'nosniff',
    };
    return { stream, headers, ...(sizeBytes !== undefined && { sizeBytes }) };
  }

  @Serves(listMessagesOfInvoice)
  async ofInvoice({ context, params, query }: Call<typeof listMessagesOfInvoice>): Promise<HttpAnswer> {
    const before = decodeCursor(query.cursor, 1)?.[0] as string | undefined;
    const answers = await this.messages.ofInvoice(context.tenantId, params.code, query.limit + 1, before);
    const toItem = ({ resultId: _, ...answer }: (typeof answers)[number]) => answer;
    return { body: pageOfRows(answers, query.limit, (answer) => [answer.resultId], toItem) };
  }
}
