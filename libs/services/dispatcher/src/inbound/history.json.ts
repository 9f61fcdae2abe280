import type { copyHistorySchema } from '@mailrun/contracts';
import type { z } from 'zod';
import type { MessageHistory } from '../application/ports/outcome-store.port.js';

/** A history as the contract has it. */
export const historyJson = ({
  subject,
  outcomes,
  attempts,
}: MessageHistory): z.input<typeof copyHistorySchema> => ({
  subject: subject ?? null,
  outcomes: outcomes.map(({ outcome }) => outcome),
  attempts: attempts.map(({ copy, attempt, startedAt, endedAt, state, serverKey, reply }) => ({
    copy,
    attempt,
    startedAt: startedAt.toISOString(),
    endedAt: endedAt.toISOString(),
    state,
    serverKey: serverKey ?? null,
    code: reply?.code ?? null,
    smtpCode: reply?.smtpCode ?? null,
    enhancedCode: reply?.enhancedCode ?? null,
    serverText: reply?.serverText ?? null,
  })),
});
