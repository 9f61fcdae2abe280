import type { ConversationStage, ServerReply } from './conversation.js';

/** Whose fault a refusal is: it decides what waits and what fails. */
export type Scope =
  /** This address: the others of the mail are not concerned. */
  | 'recipient'
  /** This mail, whoever gets it. */
  | 'mail'
  /** The sender's address: no customer's fault, the run must pause. */
  | 'sender'
  /** The mail server, for now: it is paused, and the mail's attempt does not count. */
  | 'server'
  /** Our right to use the server (user, password, relaying): the circuit opens until the settings change. */
  | 'credentials'
  /** Too many at a time: the server gets fewer of all mails, and this one waits. */
  | 'rate'
  /** This connection: the mail goes again on another one. */
  | 'session';

export interface Verdict {
  /** Stable code of ours. */
  readonly code: string;
  readonly scope: Scope;
  /** Whether the same mail can never succeed unchanged. Only of scope `recipient` or `mail`. */
  readonly isPermanent: boolean;
}

/**
 * One row of a reply table: all that is given must match, and of each list one entry. Nothing here is a regular
 * expression: operators write such rules too, and no text of a server may make one run for minutes.
 */
export interface ReplyRule {
  readonly stages?: readonly ConversationStage[];
  /** Reply codes; `x` stands for any digit: `45x`. */
  readonly smtp?: readonly string[];
  /** Enhanced codes (RFC 3463); `x` stands for any number: `4.7.x`. */
  readonly enhanced?: readonly string[];
  /** Parts of the text, in lower case; letters of the server's text match in both cases. */
  readonly text?: readonly string[];
  readonly verdict: Verdict;
}

export function matchesRule(rule: ReplyRule, stage: ConversationStage, reply: ServerReply): boolean {
  return (
    (!rule.stages || rule.stages.includes(stage)) &&
    (!rule.smtp || rule.smtp.some((code) => matchesDigits(code, String(reply.smtpCode)))) &&
    (!rule.enhanced || rule.enhanced.some((code) => matchesParts(code, reply.enhancedCode))) &&
    (!rule.text || containsOne(rule.text, reply.text))
  );
}

const matchesDigits = (pattern: string, code: string): boolean =>
  pattern.length === code.length && [...pattern].every((digit, i) => digit === 'x' || digit === code[i]);

function matchesParts(pattern: string, code: string | undefined): boolean {
  const parts = code?.split('.');
  return parts !== undefined && pattern.split('.').every((part, i) => part === 'x' || part === parts[i]);
}

function containsOne(phrases: readonly string[], text: string): boolean {
  const lower = text.toLowerCase();
  return phrases.some((phrase) => lower.includes(phrase));
}
