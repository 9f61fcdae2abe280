import type { ConversationStage } from '@mailrun/contracts';

export type { ConversationStage };

/** A reply of a mail server; `text` is on one line, without control characters, at most 500 characters. */
export interface ServerReply {
  readonly smtpCode: number;
  /** RFC 3463, for instance `4.7.1`. */
  readonly enhancedCode?: string;
  readonly text: string;
}

export interface RefusedRecipient {
  readonly address: string;
  readonly reply: ServerReply;
}

/** Why a conversation broke off when no reply of the server says so. */
export type BreakCause =
  | 'dns'
  | 'connection-refused'
  | 'connection-lost'
  | 'timeout'
  | 'tls'
  | 'protocol'
  /** Login is configured, but the server offers none on this connection. */
  | 'auth-not-offered'
  /** The sealed bytes are missing, damaged or not fit for SMTP: nothing was sent. */
  | 'sealed-mail';

/** How handing one mail to a mail server ended. */
export type Transmission =
  /** The server took the content for every recipient that is not in `refused`. */
  | { readonly ended: 'accepted'; readonly reply: ServerReply; readonly refused: readonly RefusedRecipient[] }
  /** The server said no, at this stage, for every recipient that is not in `refused` with a reply of its own. */
  | {
      readonly ended: 'refused';
      readonly stage: ConversationStage;
      readonly reply: ServerReply;
      readonly refused: readonly RefusedRecipient[];
    }
  /** No answer. After the dot nobody knows what became of the mail; before it, nothing was sent. */
  | {
      readonly ended: 'broken';
      readonly stage: ConversationStage;
      readonly cause: BreakCause;
      readonly detail: string;
      readonly refused: readonly RefusedRecipient[];
    };

/** A connection could not be opened: no mail was involved. */
export interface ConnectFault {
  readonly stage: ConversationStage;
  readonly cause: BreakCause | 'reply';
  readonly detail: string;
  readonly reply?: ServerReply;
}
