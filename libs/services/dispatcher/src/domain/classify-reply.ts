import type { ConversationStage, ServerReply } from './conversation.js';
import { matchesRule, type ReplyRule, type Verdict } from './reply-rule.js';
import { replyTable } from './reply-table.js';

/** What a refusal means: the first rule of the server's own, then the first row of the table, that matches. */
export function classifyReply(
  stage: ConversationStage,
  reply: ServerReply,
  own: readonly ReplyRule[] = [],
): Verdict {
  const isMatch = (rule: ReplyRule) => matchesRule(rule, stage, reply);
  const rule = own.find(isMatch) ?? replyTable.find(isMatch);
  if (!rule) throw new Error('The reply table has no row that catches everything.');
  return rule.verdict;
}
