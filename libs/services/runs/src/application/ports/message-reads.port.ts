import type { Message, MessageState, Mode, Recipient } from '@mailrun/contracts';

export interface MessageFilter {
  readonly run?: string | undefined;
  readonly invoice?: string | undefined;
  readonly customer?: string | undefined;
  readonly address?: string | undefined;
  readonly status?: MessageState | undefined;
  readonly reason?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** One message as runs keeps it: what the dispatcher knows of its copies is not in it. */
export interface MessageRecord {
  readonly message: Message;
  /** Of the newest copy; null before it was fed. */
  readonly fedAt: Date | null;
  readonly invoices: readonly {
    code: string;
    number: string | null;
    status: MessageState;
    reason: string | null;
  }[];
  /** Oldest first; the newest may not have been fed yet. */
  readonly copies: readonly {
    readonly copy: number;
    readonly round: number;
    readonly state: string;
    /** As they were when the copy was made. */
    readonly recipients: readonly Recipient[];
  }[];
  /** Oldest first. */
  readonly history: readonly HistoryEntry[];
}

export interface HistoryEntry {
  readonly at: Date;
  readonly copy: number;
  readonly state: string;
  readonly attempts: number | null;
  readonly serverKey: string | null;
  readonly code: string | null;
  readonly smtpCode: number | null;
  readonly enhancedCode: string | null;
  readonly serverText: string | null;
  readonly detail: string | null;
  readonly line: number | null;
  readonly column: number | null;
}

/** A result of one invoice in a live run. */
export interface InvoiceResult {
  readonly resultId: string;
  readonly runId: string;
  readonly messageId: string | null;
  readonly definitionKey: string;
  readonly status: MessageState;
  readonly reason: string | null;
  readonly nextTryAt: Date | null;
  readonly at: Date;
  readonly fedAt: Date | null;
  readonly recipients: readonly Recipient[];
}

/** Messages over all runs, newest first. */
export abstract class MessageReads {
  /** At most `limit`, older than the message `before`. */
  abstract page(tenantId: string, filter: MessageFilter, limit: number, before?: string): Promise<Message[]>;

  abstract find(tenantId: string, messageId: string): Promise<MessageRecord | undefined>;

  /** Newest copy and mode of a message, for its source. */
  abstract newestCopy(tenantId: string, messageId: string): Promise<{ copy: number; mode: Mode } | undefined>;

  /** Results of an invoice in live runs, newest first. @throws Refusal `invoice.not-found` */
  abstract ofInvoice(
    tenantId: string,
    invoiceCode: string,
    limit: number,
    before?: string,
  ): Promise<InvoiceResult[]>;
}
