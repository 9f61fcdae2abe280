import type { ConversationStage, ServerReply } from './conversation.js';
import { replyTable, type ReplyRule, type Verdict } from './reply-table.js';

/** What a refusal means: the first matching row of the table. */
export function classifyReply(
  stage: ConversationStage,
  reply: ServerReply,
  table: readonly ReplyRule[] = replyTable,
): Verdict {
  const rule = table.find(
    ({ stages, smtp, enhanced, text }) =>
      (!stages || stages.includes(stage)) &&
      (!smtp || smtp.test(String(reply.smtpCode))) &&
      (!enhanced || enhanced.test(reply.enhancedCode ?? '')) &&
      (!text || text.test(reply.text)),
  );
  if (!rule) throw new Error('The reply table has no row that catches everything.');
  return rule.verdict;
}
