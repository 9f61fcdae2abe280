/** Where in the conversation a fault happens; `final` is the answer to the dot that ends the content. */
export const smtpStages = [
  'connect',
  'ehlo',
  'starttls',
  'auth',
  'mail',
  'rcpt',
  'data',
  'content',
  'final',
] as const;
export type SmtpStage = (typeof smtpStages)[number];

/** What the server does instead of its normal answer. In `content` only `hang`, `close` and `reset` make sense. */
export type SmtpFault =
  /** Answers with another code and text. */
  | { readonly kind: 'reply'; readonly code: number; readonly text: string; readonly thenClose?: boolean }
  /** Writes these bytes as they are. */
  | { readonly kind: 'raw'; readonly bytes: string }
  /** Never answers and keeps the connection. */
  | { readonly kind: 'hang' }
  /** Ends the connection in an orderly way (FIN) without an answer. */
  | { readonly kind: 'close' }
  /** Ends the connection by a reset (RST). */
  | { readonly kind: 'reset' }
  /** Gives the normal answer, later. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** Gives the normal answer byte by byte. */
  | { readonly kind: 'slow'; readonly delayMs: number };

/** What is known when a fault is looked for. */
export interface SmtpMoment {
  readonly stage: SmtpStage;
  /** Counted from 1 over the life of the server. */
  readonly connection: number;
  /** The mail's number on the server, from 1; 0 before the first MAIL of a connection. */
  readonly mail: number;
  readonly envelopeFrom?: string;
  /** The address of this RCPT, or of all accepted ones later. */
  readonly recipients: readonly string[];
}

/** Decides about each moment; `undefined` lets the normal answer go out. */
export type SmtpFaultPlan = (moment: SmtpMoment) => SmtpFault | undefined;
