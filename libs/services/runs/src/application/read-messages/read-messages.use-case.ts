import { Injectable } from '@nestjs/common';
import type { Readable } from 'node:stream';
import type { InvoiceMessage, Message, MessageDetail, MessageOutcome, Recipient } from '@mailrun/contracts';
import { Refusal } from '@mailrun/platform-errors';
import { mailedAnswers, textOfMessage } from '../../domain/runs/status-texts.js';
import { Dispatcher, type CopyHistory } from '../ports/dispatcher.port.js';
import {
  MessageReads,
  type HistoryEntry,
  type InvoiceResult,
  type MessageFilter,
  type MessageRecord,
} from '../ports/message-reads.port.js';

const notFound = () => new Refusal('not-found', 'message.not-found', 'There is no such message.');
const nothingKnown: CopyHistory = { subject: null, outcomes: [], attempts: [] };

/** Messages with what runs and the dispatcher know of them together. */
@Injectable()
export class ReadMessages {
  constructor(
    private readonly messages: MessageReads,
    private readonly dispatcher: Dispatcher,
  ) {}

  page(tenantId: string, filter: MessageFilter, limit: number, before?: string): Promise<Message[]> {
    return this.messages.page(tenantId, filter, limit, before);
  }

  /** @throws Refusal `message.not-found`, Outage when the dispatcher can't be asked */
  async detail(tenantId: string, messageId: string): Promise<MessageDetail> {
    const record = await this.messages.find(tenantId, messageId);
    if (record === undefined) throw notFound();
    const wasFed = record.fedAt !== null || record.copies.length > 1;
    const known = wasFed ? await this.known(tenantId, messageId) : nothingKnown;
    return {
      ...record.message,
      invoices: [...record.invoices],
      subject: known.subject,
      copies: record.copies.map((copy) => copyView(copy, known)),
      history: [
        ...record.history.filter(({ copy }) => copy < record.message.copy).map(historyView),
        ...(record.fedAt === null
          ? []
          : [
              {
                ...emptyEntry,
                at: record.fedAt.toISOString(),
                copy: record.message.copy,
                status: 'queued',
              },
            ]),
        ...record.history.filter(({ copy }) => copy === record.message.copy).map(historyView),
      ],
    };
  }

  /** Before the first copy comes to the dispatcher, it knows nothing. */
  private async known(tenantId: string, messageId: string): Promise<CopyHistory> {
    try {
      return await this.dispatcher.readHistory(tenantId, messageId);
    } catch (error) {
      if (error instanceof Refusal && error.kind === 'not-found') return nothingKnown;
      throw error;
    }
  }

  /** The sealed mail of the newest copy or the one named. @throws Refusal when there is none */
  async source(
    tenantId: string,
    messageId: string,
    copy: number | undefined,
  ): Promise<{ readonly stream: Readable; readonly sizeBytes: number | undefined }> {
    const newest = await this.messages.newestCopy(tenantId, messageId);
    if (newest === undefined) throw notFound();
    return this.dispatcher.readSource(tenantId, { messageId, copy: copy ?? newest.copy });
  }

  /** Was the invoice mailed? @throws Refusal `invoice.not-found` */
  async ofInvoice(
    tenantId: string,
    invoiceCode: string,
    limit: number,
    before?: string,
  ): Promise<(InvoiceMessage & { resultId: string })[]> {
    const results = await this.messages.ofInvoice(tenantId, invoiceCode, limit, before);
    const answers = [];
    for (const result of results) answers.push(await this.invoiceAnswer(tenantId, result));
    return answers;
  }

  private async invoiceAnswer(
    tenantId: string,
    result: InvoiceResult,
  ): Promise<InvoiceMessage & { resultId: string }> {
    const { resultId, runId, messageId, definitionKey, status, reason, nextTryAt, at, fedAt } = result;
    const wasCarried = messageId !== null && fedAt !== null && status !== 'skipped';
    const known = wasCarried ? await this.known(tenantId, messageId) : nothingKnown;
    // Of several copies the one that the status tells of.
    const newest = known.outcomes.findLast(({ state }) => state === status) ?? known.outcomes.at(-1);
    const serverText = newest?.reply?.serverText;
    return {
      resultId,
      answer: mailedAnswers[status],
      ...textOfMessage(status, reason, nextTryAt),
      runId,
      messageId,
      definitionKey,
      status,
      reason,
      at: at.toISOString(),
      recipients: (newest?.recipients ?? result.recipients.map(pendingRecipient)).map(
        ({ kind, address, state }) => ({ kind, address, state }),
      ),
      ...(serverText !== undefined && { serverText }),
    };
  }
}

const emptyReply = { code: null, smtpCode: null, enhancedCode: null, serverText: null, detail: null };
const emptyEntry = { ...emptyReply, attempt: null, serverKey: null };
const pendingRecipient = ({ kind, address }: Recipient) => ({ kind, address, state: 'pending' as const });

function replyView(reply: MessageOutcome['reply']) {
  if (reply === undefined) return emptyReply;
  const { code, smtpCode, enhancedCode, serverText, detail } = reply;
  return {
    code,
    smtpCode: smtpCode ?? null,
    enhancedCode: enhancedCode ?? null,
    serverText: serverText ?? null,
    detail: detail ?? null,
  };
}

function copyView(
  { recipients: pinned, ...copy }: MessageRecord['copies'][number],
  known: CopyHistory,
): MessageDetail['copies'][number] {
  const outcome = known.outcomes.find((candidate) => candidate.copy === copy.copy);
  const recipients =
    outcome?.recipients ?? pinned.map((recipient) => ({ ...pendingRecipient(recipient), reply: undefined }));
  return {
    ...copy,
    messageIdHeader: outcome?.messageIdHeader ?? null,
    sizeBytes: outcome?.sizeBytes ?? null,
    serverKey: outcome?.serverKey ?? null,
    ...replyView(outcome?.reply),
    recipients: recipients.map(({ kind, address, state, reply }) => ({
      kind,
      address,
      state,
      ...replyView(reply),
    })),
  };
}

function historyView(entry: HistoryEntry): MessageDetail['history'][number] {
  const { at, state, attempts, line, column, ...rest } = entry;
  return {
    ...rest,
    at: at.toISOString(),
    status: state,
    attempt: attempts,
    ...(line !== null && { line }),
    ...(column !== null && { column }),
  };
}
